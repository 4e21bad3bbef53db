package lakehouse.sqlrunner;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * Whether a job's jar was built for the Flink that runs it: Flink keeps its API within a minor version only. Another
 * one would end in a NoSuchMethodError, perhaps hours later.
 */
final class BuiltFor {

    /** Written by the build: images/flink/pom.xml, the parent of every job. */
    private static final String ATTRIBUTE = "Flink-Version";

    private BuiltFor() {}

    /** Throws unless the jar that holds {@code job} says that it was built for {@code running}, or a patch of it. */
    static void check(Class<?> job, String running) {
        CodeSource source = job.getProtectionDomain().getCodeSource();
        if (source == null) {
            return;
        }
        try {
            Path jar = path(source.getLocation().toURI());
            // A test's classes lie in a folder, and were compiled by the same build.
            if (Files.isRegularFile(jar)) {
                check(jar, running);
            }
        } catch (URISyntaxException | IOException e) {
            throw new ScriptException(source.getLocation() + ": the job's jar cannot be read: " + e.getMessage());
        }
    }

    /** Flink names the jars of usrlib relative to its working directory: {@code file:usrlib/job.jar}. */
    private static Path path(URI location) {
        return location.isOpaque() ? Path.of(location.getSchemeSpecificPart()) : Path.of(location);
    }

    private static void check(Path jar, String running) throws IOException {
        String built = flinkVersion(jar);
        if (built == null) {
            throw new ScriptException(jar.getFileName() + ": its manifest does not say which Flink it was built for ("
                    + ATTRIBUTE + ")\n  Make images/flink/pom.xml the parent of the job's pom.xml, and build it again.");
        }
        if (!minor(built).equals(minor(running))) {
            throw new ScriptException(jar.getFileName() + ": built for Flink " + built + ", and this is Flink "
                    + running + "\n  Build it again with flink.version " + minor(running)
                    + ".x, which its pom.xml has from images/flink/pom.xml.");
        }
    }

    private static String flinkVersion(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            return manifest == null ? null : manifest.getMainAttributes().getValue(ATTRIBUTE);
        }
    }

    /** {@code 1.20.5} → {@code 1.20}. */
    private static String minor(String version) {
        String[] parts = version.split("\\.", 3);
        return parts.length < 2 ? version : parts[0] + "." + parts[1].replaceAll("\\D.*", "");
    }
}
