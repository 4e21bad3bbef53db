package lakehouse.maintenance;

import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.iceberg.flink.TableLoader;
import org.apache.iceberg.flink.maintenance.api.DeleteOrphanFiles;
import org.apache.iceberg.flink.maintenance.api.ExpireSnapshots;
import org.apache.iceberg.flink.maintenance.api.MaintenanceTaskBuilder;
import org.apache.iceberg.flink.maintenance.api.RewriteDataFiles;
import org.apache.iceberg.flink.maintenance.api.TableMaintenance;
import org.apache.iceberg.flink.maintenance.operator.TableChange;

/**
 * Does once to a table what Glue's optimizers do to it on AWS, by Iceberg's own maintenance tasks, in this process: small
 * and deleted-from files become few, old snapshots go, and so do files that no snapshot knows.
 *
 * <p>A stream may write the table meanwhile: each task commits as any writer does, on what is there then.
 */
public final class MaintainTable {

    private static final int ATTEMPTS = 3;
    private static final String DELETED = "deleteSucceeded";

    private MaintainTable() {}

    public static void main(String[] arguments) throws Exception {
        try {
            run(Arguments.parse(List.of(arguments)));
        } catch (IllegalArgumentException | TaskFailed error) {
            System.err.println(error.getMessage());
            System.exit(1);
        }
    }

    private static void run(Arguments arguments) throws Exception {
        try (TableLoader table = TableLoader.fromCatalog(Catalogs.named(arguments.catalog()), arguments.table())) {
            System.out.println(maintain(table, arguments));
        }
    }

    /** Gives what was done, as JSON. */
    static String maintain(TableLoader table, Arguments arguments) throws Exception {
        table.open();
        TableShape before = TableShape.of(table.loadTable());
        // Glue compacts for one deleted row already; a file alone that nothing was deleted from stays as it is.
        run(table, "compaction", () -> RewriteDataFiles.builder().deleteFileThreshold(1).minInputFiles(2));
        run(
                table,
                "retention",
                () -> ExpireSnapshots.builder().maxSnapshotAge(arguments.keep()).retainLast(arguments.retain()));
        long expired = TaskCounts.of(DELETED);
        run(table, "orphan_file_deletion", () -> DeleteOrphanFiles.builder().minAge(arguments.orphans()));
        long orphans = TaskCounts.of(DELETED);
        TableShape after = TableShape.of(table.loadTable());
        return "{\"before\": %s, \"after\": %s, \"files_expired\": %d, \"orphans_deleted\": %d}"
                .formatted(before.json(), after.json(), expired, orphans);
    }

    /** Runs a task until it succeeds: a writer that is always faster is one cause to fail. */
    private static void run(TableLoader table, String name, Supplier<MaintenanceTaskBuilder<?>> task) throws Exception {
        for (int attempt = 1; !succeeds(table, name, task.get()); attempt++) {
            if (attempt == ATTEMPTS) {
                throw new TaskFailed(name);
            }
        }
    }

    /** Runs a task as a job of its own. */
    private static boolean succeeds(TableLoader table, String name, MaintenanceTaskBuilder<?> task) throws Exception {
        TaskCounts.clear();
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(1, TaskCounts.reporting());
        TableChange change = TableChange.builder().commitCount(1).build();
        TableMaintenance.forChangeStream(
                        environment.fromData(TypeInformation.of(TableChange.class), change), table.clone())
                .uidSuffix(name)
                .add(task.scheduleOnCommitCount(1))
                .append();
        environment.execute(name);
        return TaskCounts.of("succeededTasks") == 1 && TaskCounts.of("deleteFailed") == 0;
    }

    /** Why it failed is in the log: Iceberg writes it there, and tells its callers nothing. */
    static final class TaskFailed extends Exception {
        private static final long serialVersionUID = 1;

        TaskFailed(String task) {
            super(task + " failed, and the table is as it was before; the log says why");
        }
    }
}
