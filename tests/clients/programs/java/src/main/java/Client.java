import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A job as somebody wrote it who never heard of us: one S3 client of the AWS SDK for Java v2, made once.
 *
 * <pre>Client BUCKET SECONDS PAUSE_MS</pre>
 *
 * For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the
 * milliseconds it took, and the error's words.
 */
public final class Client {
  public static void main(String[] arguments) throws InterruptedException {
    String bucket = arguments[0];
    long end = System.nanoTime() + Long.parseLong(arguments[1]) * 1_000_000_000L;
    long pause = Long.parseLong(arguments[2]);
    try (S3Client client = S3Client.create()) {
      for (int turn = 0; System.nanoTime() < end; turn++) {
        String key = "java/" + turn / 2;
        long began = System.nanoTime();
        String said = "";
        try {
          if (turn % 2 == 0) {
            client.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString("row", StandardCharsets.UTF_8));
          } else {
            client.getObjectAsBytes(b -> b.bucket(bucket).key(key));
          }
        } catch (RuntimeException error) {
          said = error.toString().replace('\n', ' ');
        }
        long took = (System.nanoTime() - began) / 1_000_000;
        System.out.println(said.isEmpty() ? "ok " + took : "err " + took + " " + said);
        System.out.flush();
        Thread.sleep(pause);
      }
    }
  }
}
