export { createRecorder, type Recorder, type RecorderOptions, type RecorderReport } from './create-recorder.ts'
export type { RecordingRedaction } from './exchange-redactor.ts'
export {
  forbidOutboundNetwork,
  type OutboundNetworkGuard,
  type OutboundNetworkOptions,
} from './forbid-outbound-network.ts'
export {
  type IntegrationStandIn,
  IntegrationTestHelper,
  type IntegrationTestOptions,
  type TestResults,
  type TestScenario,
} from './integration-test-helper.ts'
export { type LocalServer, startLocalServer } from './local-server.ts'
export { createManualClock, type ManualClock } from './manual-clock.ts'
export type { RecordedBody, RecordedExchange, Recording } from './recording.ts'
export { type Replay, replay } from './replay.ts'
export { type SignatureVector, signatureVectors } from './signature-vectors.ts'
