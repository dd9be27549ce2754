// A job as somebody wrote it who never heard of us: one S3 client of the AWS SDK for JavaScript v3, made once.
//
//   node main.js BUCKET SECONDS PAUSE_MS
//
// For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the
// milliseconds it took, and the error's words.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { setTimeout as pause } from "node:timers/promises";

const [bucket, seconds, between] = process.argv.slice(2);
const client = new S3Client({});

const end = Date.now() + Number(seconds) * 1000;
for (let turn = 0; Date.now() < end; turn++) {
  const where = { Bucket: bucket, Key: `js/${Math.floor(turn / 2)}` };
  const began = Date.now();
  try {
    if (turn % 2 === 0) {
      await client.send(new PutObjectCommand({ ...where, Body: "row" }));
    } else {
      const got = await client.send(new GetObjectCommand(where));
      await got.Body.transformToString();
    }
    console.log("ok", Date.now() - began);
  } catch (error) {
    console.log("err", Date.now() - began, `${error.name}: ${error.message}`.replaceAll("\n", " "));
  }
  await pause(Number(between));
}
