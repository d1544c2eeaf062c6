/** Those of Microsoft Graph, whoever set it up. */
export { operations } from '../microsoft/operations.ts'
