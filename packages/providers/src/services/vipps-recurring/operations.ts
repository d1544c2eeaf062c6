import { agreementOperations } from './agreement-operations.ts'
import { chargeOperations } from './charge-operations.ts'

/** Typed calls of the Recurring API, version 3. https://developer.vippsmobilepay.com/docs/APIs/recurring-api/ */
export const operations = { ...agreementOperations, ...chargeOperations }
