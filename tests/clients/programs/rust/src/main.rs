//! A job as somebody wrote it who never heard of us: one `object_store` (it is in polars, delta-rs and obstore) of S3,
//! made once from the environment.
//!
//!     client BUCKET SECONDS PAUSE_MS
//!
//! For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the
//! milliseconds it took, and the error's words.
use object_store::{aws::AmazonS3Builder, path::Path, ObjectStoreExt};
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (seconds, pause): (u64, u64) = (arguments[2].parse().unwrap(), arguments[3].parse().unwrap());
    let store = AmazonS3Builder::from_env().with_bucket_name(&arguments[1]).with_allow_http(true).build().unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut turn = 0;
    while Instant::now() < end {
        let path = Path::from(format!("rust/{}", turn / 2));
        let began = Instant::now();
        let done = if turn % 2 == 0 {
            store.put(&path, "row".into()).await.map(|_| ())
        } else {
            match store.get(&path).await {
                Ok(got) => got.bytes().await.map(|_| ()),
                Err(error) => Err(error),
            }
        };
        match done {
            Ok(()) => println!("ok {}", began.elapsed().as_millis()),
            Err(error) => println!("err {} {}", began.elapsed().as_millis(), error.to_string().replace('\n', " ")),
        }
        turn += 1;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}
