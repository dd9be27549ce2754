//! A job as somebody wrote it who never heard of us: one S3 client of the AWS SDK for Rust, made once.
//!
//!     client BUCKET SECONDS PAUSE_MS
//!
//! For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the
//! milliseconds it took, and the error's words.
use aws_sdk_s3::error::DisplayErrorContext;
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let bucket = &arguments[1];
    let (seconds, pause): (u64, u64) = (arguments[2].parse().unwrap(), arguments[3].parse().unwrap());
    let client = aws_sdk_s3::Client::new(&aws_config::load_from_env().await);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut turn = 0;
    while Instant::now() < end {
        let key = format!("aws-rust/{}", turn / 2);
        let began = Instant::now();
        let said = if turn % 2 == 0 {
            let sent = client.put_object().bucket(bucket).key(key).body(b"row".to_vec().into()).send().await;
            sent.err().map(|error| DisplayErrorContext(error).to_string())
        } else {
            match client.get_object().bucket(bucket).key(key).send().await {
                Ok(got) => got.body.collect().await.err().map(|error| error.to_string()),
                Err(error) => Some(DisplayErrorContext(error).to_string()),
            }
        };
        match said {
            None => println!("ok {}", began.elapsed().as_millis()),
            Some(words) => println!("err {} {}", began.elapsed().as_millis(), words.replace('\n', " ")),
        }
        turn += 1;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}
