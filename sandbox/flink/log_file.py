"""Where a Flink program that has the terminal for something else writes its log."""

from pathlib import Path

_TO_FILE = """\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{HH:mm:ss,SSS}} %-5p %c{{1}} - %m%n
"""


def logging_to(file: Path) -> str:
    """The content of a `log4j.properties`."""
    return _TO_FILE.format(file=file)
