package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class BuiltForTest {

    /** The main class in the jars of these tests. */
    public static final class Job {

        private Job() {}

        public static void main(String[] args) {
            JavaJob.run(Job.class, args, Set.of(), (tables, properties) -> {
                throw new AssertionError("was started");
            });
        }
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"1.20.3,1.20.5", "1.20.5,1.20.5", "1.20,1.20.5", "1.20-SNAPSHOT,1.20.5"})
    void aPatchOfTheSameMinorVersionWillDo(String built, String running) throws Exception {
        check(built, running);
    }

    @ParameterizedTest
    @CsvSource({"1.19.3,1.20.5", "1.2.0,1.20.5", "2.20.0,1.20.5", "1.20.5,2.0.0"})
    void anotherMinorVersionIsRefused(String built, String running) {
        String minor = running.substring(0, running.lastIndexOf('.'));
        assertEquals(
                "job.jar: built for Flink " + built + ", and this is Flink " + running + "\n  Build it again with "
                        + "flink.version " + minor + ".x, which its pom.xml has from images/flink/pom.xml.",
                assertThrows(ScriptException.class, () -> check(built, running)).getMessage());
    }

    @Test
    void aJarThatDoesNotSayIsRefused() {
        String message = assertThrows(ScriptException.class, () -> check((String) null, "1.20.5")).getMessage();
        assertTrue(message.startsWith("job.jar: its manifest does not say which Flink it was built for"), message);
    }

    @Test
    void aJarIsFoundByThePathThatFlinkGivesIt() throws Exception {
        Path relative = Path.of("").toAbsolutePath().relativize(jar("1.19.3"));
        assertThrows(ScriptException.class, () -> check(new URL("file:" + relative), "1.20.5"));
    }

    @Test
    void classesThatAreInNoJarWereJustCompiled() {
        BuiltFor.check(Job.class, "1.20.5");
        BuiltFor.check(String.class, "1.20.5");
    }

    @Test
    void theMainClassChecksItsJarBeforeAllElse() throws Exception {
        Path terminationLog = folder.resolve("termination-log");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                jar("1.19.1") + File.pathSeparator + System.getProperty("java.class.path"),
                Job.class.getName(),
                "--no-such-argument");
        builder.environment().put("TERMINATION_LOG", terminationLog.toString());
        Path output = folder.resolve("output");
        Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> "did not end");
        } finally {
            process.destroyForcibly();
        }
        assertNotEquals(0, process.exitValue());
        String said = Files.readString(terminationLog);
        assertTrue(said.startsWith("job.jar: built for Flink 1.19.1, and this is Flink 1.20."), said);
        assertTrue(Files.readString(output).contains(said.strip()));
    }

    private void check(String built, String running) throws Exception {
        check(jar(built).toUri().toURL(), running);
    }

    private static void check(URL jar, String running) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader())) {
            BuiltFor.check(loader.loadClass(Job.class.getName()), running);
        }
    }

    private Path jar(String flink) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (flink != null) {
            manifest.getMainAttributes().putValue("Flink-Version", flink);
        }
        String entry = Job.class.getName().replace('.', '/') + ".class";
        Path jar = folder.resolve("job.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream compiled = Job.class.getClassLoader().getResourceAsStream(entry)) {
            out.putNextEntry(new JarEntry(entry));
            compiled.transferTo(out);
        }
        return jar;
    }
}
