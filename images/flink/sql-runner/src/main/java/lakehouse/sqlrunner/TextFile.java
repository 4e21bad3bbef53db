package lakehouse.sqlrunner;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that a job is started with. */
final class TextFile {

    private TextFile() {}

    /** Its text; {@code what} and {@code remedy} are for the author of one that cannot be read. */
    static String read(Path path, String what, String remedy) {
        try {
            if (Files.isDirectory(path)) {
                throw unreadable(path, what, "it is a directory", remedy);
            }
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw unreadable(path, what, "there is no such file", remedy);
        } catch (CharacterCodingException e) {
            throw unreadable(path, what, "it is not UTF-8 text", remedy);
        } catch (IOException e) {
            throw unreadable(path, what, e.getMessage(), remedy);
        }
    }

    private static ScriptException unreadable(Path path, String what, String why, String remedy) {
        return new ScriptException(path + ": the " + what + " cannot be read: " + why + "\n  " + remedy);
    }
}
