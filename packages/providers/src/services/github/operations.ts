import { accountOperations } from './account-operations.ts'
import { codeOperations } from './code-operations.ts'
import { issueOperations } from './issue-operations.ts'
import { repositoryOperations } from './repository-operations.ts'

/** Typed calls of GitHub's REST API. https://docs.github.com/rest */
export const operations = {
  ...accountOperations,
  ...repositoryOperations,
  ...issueOperations,
  ...codeOperations,
}
