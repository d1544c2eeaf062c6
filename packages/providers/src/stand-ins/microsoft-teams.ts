/** A tenant of its own, so that what is made in the sandbox of one provider is not in the way in that of the other. */
export { createStandIn } from './microsoft-graph.ts'
