"""What a team of analysts makes of a lakehouse: a reader, saved queries, reports and a budget, all by its contract."""

import sys
from pathlib import Path

# The program runs in its own folder, and imports the lakehouse's packages beside it.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pulumi
import pulumi_aws as aws

from consumers.analytics.budget import Budget
from consumers.analytics.promised import check_queries, check_reports, check_tables, contract_of, place_of
from consumers.analytics.query_files import load_queries
from consumers.analytics.reader import Reader
from consumers.analytics.report import Report
from consumers.analytics.saved_queries import SavedQueries
from consumers.analytics.settings import PROJECT, load_settings


async def main() -> None:
    """Everything is checked against the contract before anything is declared."""
    folder = Path(__file__).parent
    settings = load_settings(folder)
    files = load_queries(folder / "queries")
    contract = await contract_of(settings.lakehouse)
    place = place_of(contract, settings, folder=folder)
    check_tables(contract, settings, folder=folder)
    queries = check_queries(contract, settings, files)
    check_reports(settings, queries, folder=folder)
    databases = {name: min(query.tables).partition(".")[0] for name, query in queries.items()}

    cloud = aws.Provider(
        "aws",
        region=place.region,
        # Whatever the shell's profile is: the lakehouse's account or none.
        allowed_account_ids=[place.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags={"project": PROJECT, "stack": pulumi.get_stack()}),
    )
    on_cloud = pulumi.ResourceOptions(provider=cloud)
    reader = Reader("reader", settings.reader, place=place, scheduled=bool(settings.reports), opts=on_cloud)
    SavedQueries("queries", files, databases=databases, place=place, opts=on_cloud)
    for name, report in settings.reports.items():
        Report(
            name,
            report,
            files[name],
            database=databases[name],
            place=place,
            role_arn=reader.role_arn,
            opts=on_cloud,
        )
    if settings.budget:
        Budget("athena", settings.budget, region=place.region, opts=on_cloud)
    pulumi.export("reader", {"role_arn": reader.role_arn, "workgroup": place.workgroup, "region": place.region})


pulumi.run(main)
