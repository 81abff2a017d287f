// Fills and reads the fake S3 with the AWS SDK for JavaScript v3. Reads the AWS_* variables; see run.sh.
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Readable } from "node:stream";

const s3 = new S3Client({ endpoint: process.env.AWS_ENDPOINT_URL_S3, forcePathStyle: true, maxAttempts: 1 });
const Bucket = "clients-js";
const big = Buffer.alloc(12 << 20, "0123456789abcdef");
let failed = false;

async function check(what, work) {
  try {
    const holds = await work();
    console.log(`${holds ? "ok   " : "WRONG"} js: ${what}`);
    failed ||= !holds;
  } catch (e) {
    console.log(`WRONG js: ${what}: ${e.name} ${e.message}`);
    failed = true;
  }
}

async function bytes(Key, more = {}) {
  const got = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from(await got.Body.transformToByteArray());
}

async function keys(more = {}) {
  const found = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket, ...more })) {
    found.push(...(page.Contents ?? []).map((each) => each.Key));
  }
  return found;
}

await check("create a bucket", async () => s3.send(new CreateBucketCommand({ Bucket })));
await check("put and get, with the default checksum", async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: "a b+c/ü", Body: "hello", Metadata: { who: "js" } }));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "a b+c/ü", ChecksumMode: "ENABLED" }));
  return (await bytes("a b+c/ü")).equals(Buffer.from("hello")) && head.Metadata.who === "js" && head.ChecksumCRC32;
});
await check("a range", async () => (await bytes("a b+c/ü", { Range: "bytes=1-3" })).toString() === "ell");
await check("multipart upload of a stream of unknown length", async () => {
  const Body = Readable.from((function* () {
    for (let at = 0; at < big.length; at += 1 << 20) yield big.subarray(at, at + (1 << 20));
  })());
  await new Upload({ client: s3, params: { Bucket, Key: "big", Body }, partSize: 5 << 20 }).done();
  return (await bytes("big")).equals(big);
});
await check("copy", async () => {
  await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/big` }));
  return (await bytes("copy")).equals(big);
});
await check("list in pages", async () => {
  for (let i = 0; i < 7; i++) await s3.send(new PutObjectCommand({ Bucket, Key: `list/${i}`, Body: "" }));
  return (await keys({ Prefix: "list/" })).length === 7;
});
await check("put if absent", async () => {
  try {
    await s3.send(new PutObjectCommand({ Bucket, Key: "copy", Body: "", IfNoneMatch: "*" }));
    return false;
  } catch (e) {
    return e.name === "PreconditionFailed" || e.$metadata.httpStatusCode === 412;
  }
});
await check("presigned address", async () => {
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "a b+c/ü" }), { expiresIn: 60 });
  return (await (await fetch(url)).text()) === "hello";
});
await check("a missing key is NoSuchKey", async () => {
  try {
    await bytes("none");
    return false;
  } catch (e) {
    return e.name === "NoSuchKey";
  }
});
await check("delete", async () => {
  const Objects = (await keys()).map((Key) => ({ Key }));
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  return true;
});
process.exitCode = failed ? 1 : 0;
