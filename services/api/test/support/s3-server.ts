import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig } from '@gapless/shared/config';
import { scratchFor, type Teardown } from '@gapless/shared/testing';
import S3rver from 's3rver';

const bucket = 'gapless-files';
/** Those that the server knows; it checks every signature. */
const [accessKey, secret] = ['S3RVER', 'S3RVER'];

/** A store that speaks S3, with its data on disk; gone with the test. */
export async function startS3(t: Teardown): Promise<{ readonly config: Config }> {
  const dir = scratchFor(t);
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: join(dir),
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  t.teardown(() => server.close());
  const secretFile = join(scratchFor(t), 'secret');
  writeFileSync(secretFile, secret);
  const config: Config = {
    ...loadConfig('api', { GAPLESS_SIGNING_KEY_FILE: 'none' }),
    fileStore: 's3',
    filesS3Endpoint: `http://127.0.0.1:${port}`,
    filesS3Bucket: bucket,
    filesS3AccessKey: accessKey,
    filesS3SecretFile: secretFile,
  };
  return { config };
}
