/**
 * Addresses that lead into a private network, or to a cloud's metadata, in the spellings by which they are smuggled past
 * checks: all of them are well-formed, so each has to be refused for where it leads. `port` is put wherever one fits.
 */
export function hostileAddresses(port: number): string[] {
  const hosts = [...ipv4Hosts, ...ipv6Hosts.map((address) => `[${address}]`), ...Object.keys(hostileNames)]
  return [
    ...hosts.map((host) => `http://${host}:${port}`),
    // What stands before or after the host reads like a public one.
    `http://127.0.0.1:${port}\\@api.example.com`,
    `http://127.0.0.1:${port}/@api.example.com`,
    `http://127.0.0.1:${port}/https://api.example.com`,
    `http://127.0.0.1:${port}/api.example.com/..`,
    `https://127.0.0.1:${port}`,
    `https://localhost:${port}`,
  ]
}

const ipv4Hosts = [
  '127.0.0.1',
  '127.255.255.254',
  // One number, in the three bases; fewer numbers than four; the bases mixed.
  '2130706433',
  '017700000001',
  '0x7f000001',
  '0x7F.1',
  '127.1',
  '127.0.1',
  '0177.0.0.1',
  '0x7f.0x0.0x0.0x1',
  '00000177.0.0x0.1',
  // A dot at the end, encoded characters, dots and digits of other scripts.
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '127。0。0。1',
  '①②⑦.⓪.⓪.①',
  '\uff11\uff12\uff17.0.0.1',
  // This host.
  '0.0.0.0',
  '0',
  '0x0',
  '0.1.2.3',
  // Private, shared, benchmarking.
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  // Metadata: AWS, Google and Azure; containers of AWS; Alibaba; Oracle.
  '169.254.169.254',
  '0xA9FEA9FE',
  '2852039166',
  '0251.0376.0251.0376',
  '169.254.43518',
  '169.254.170.2',
  '100.100.100.200',
  '192.0.0.192',
  // Documentation, multicast, reserved, everybody.
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
]

const ipv6Hosts = [
  '::1',
  '0:0:0:0:0:0:0:1',
  '::',
  // With an IPv4 address inside: mapped, compatible, translated (RFC 2765), NAT64, 6to4, Teredo.
  '::ffff:127.0.0.1',
  '::FFFF:7F00:1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '::a9fe:a9fe',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2001:0:7f00:1::',
  '2001::80ff:fffe',
  // Link-local, site-local, unique local, metadata of AWS and Google, multicast, documentation, discard, segment routing.
  'fe80::1',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'ff02::1',
  '2001:db8::1',
  '100::1',
  '5f00::1',
]

/** Names, and what a resolver says of them. */
export const hostileNames: Record<string, readonly string[]> = {
  localhost: ['127.0.0.1', '::1'],
  'LocalHost.': ['127.0.0.1', '::1'],
  'api.localhost': ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'Metadata.Google.Internal.': ['169.254.169.254', 'fd20:ce::254'],
  'instance-data.ec2.internal': ['169.254.169.254'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  'private.example.com': ['10.0.0.1'],
  'six.example.com': ['::1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'nat64.example.com': ['64:ff9b::7f00:1'],
  'unique-local.example.com': ['fd00:ec2::254'],
  'this-host.example.com': ['0.0.0.0'],
  'unspecified.example.com': ['::'],
  // A public address beside the private one does not make it better.
  'public-first.example.com': ['93.184.215.14', '127.0.0.1'],
  'private-first.example.com': ['127.0.0.1', '93.184.215.14'],
  'both-families.example.com': ['93.184.215.14', '::1'],
}

/** Addresses that are none, or of a kind that is never called: refused where they are entered. */
export function malformedAddresses(port: number): string[] {
  return [
    `http://user:password@127.0.0.1:${port}`,
    `http://api.example.com@127.0.0.1:${port}`,
    `http://api.example.com:80@127.0.0.1:${port}`,
    `http://[fe80::1%25lo]:${port}`,
    `http://[::1]extra:${port}`,
    `http://127.0.0.1:${port}:80`,
    `http://0x100000000:${port}`,
    `http://127.0.0.0.1:${port}`,
    `ftp://127.0.0.1:${port}`,
    `gopher://127.0.0.1:${port}/_GET`,
    `ws://127.0.0.1:${port}`,
    'file:///etc/passwd',
    'unix:/var/run/docker.sock',
    'javascript:fetch("/")',
    'data:application/json,{}',
  ]
}
