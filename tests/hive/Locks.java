import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.txn.TxnDbUtil;

/**
 * Makes the metastore's tables of locks, as Hive's schematool does: DataNucleus doesn't know them, and the SQL scripts are
 * in no jar. Of Hive 3, whose tables of locks Hive 4 takes as they are; Hive 4 has no such class.
 */
public final class Locks {

    private Locks() {}

    public static void main(String[] arguments) throws Exception {
        Configuration configuration = MetastoreConf.newMetastoreConf();
        TxnDbUtil.setConfValues(configuration);
        TxnDbUtil.prepDb(configuration);
    }
}
