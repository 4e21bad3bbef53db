package lakehouse.sqlrunner;

import java.nio.file.Path;

/** A script's text as its author wrote it, and where in it something stands. */
record Script(String name, String text) {

    static Script read(Path path) {
        String remedy = "Mount the job's SQL there, or name another path in the job's arguments.";
        return of(path.getFileName().toString(), TextFile.read(path, "script", remedy));
    }

    static Script of(String name, String text) {
        // Flink counts lines by \n; an editor's byte order mark is no part of the first statement.
        return new Script(name, text.replace("\r\n", "\n").replace("\uFEFF", ""));
    }

    /** The place of a character, counted from 1 as editors do. */
    Position position(int offset) {
        int line = 1 + (int) text.substring(0, offset).chars().filter(c -> c == '\n').count();
        return new Position(name, line, offset - text.lastIndexOf('\n', offset - 1));
    }

    /** The line that a character stands in. */
    String line(int offset) {
        return lineFrom(text.lastIndexOf('\n', offset - 1) + 1);
    }

    /** The rest of the line from a character on. */
    String lineFrom(int offset) {
        int end = text.indexOf('\n', offset);
        return text.substring(offset, end < 0 ? text.length() : end).strip();
    }

    record Position(String file, int line, int column) {
        @Override
        public String toString() {
            return file + ":" + line + ":" + column;
        }
    }
}
