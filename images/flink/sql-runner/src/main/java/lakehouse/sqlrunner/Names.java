package lakehouse.sqlrunner;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Which name someone may have meant. */
final class Names {

    private Names() {}

    static Comparator<String> nearestTo(String wanted) {
        return Comparator.<String>comparingInt(name -> distance(wanted, name)).thenComparing(Comparator.naturalOrder());
    }

    static Optional<String> nearest(String wanted, Collection<String> names) {
        return names.stream().min(nearestTo(wanted));
    }

    /** Levenshtein's edit distance. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
