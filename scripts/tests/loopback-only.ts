import { forbidOutboundNetwork } from '../../packages/core/src/testing/forbid-outbound-network.ts'

/** Runs before every test file: no test may come to depend on the Internet. */
forbidOutboundNetwork()
