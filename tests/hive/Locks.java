import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.txn.TxnDbUtil;

/** Makes the metastore's tables of locks, which DataNucleus doesn't know and whose SQL scripts are in no jar. */
public final class Locks {

    private Locks() {}

    public static void main(String[] arguments) throws Exception {
        Configuration configuration = MetastoreConf.newMetastoreConf();
        TxnDbUtil.setConfValues(configuration);
        TxnDbUtil.prepDb(configuration);
    }
}
