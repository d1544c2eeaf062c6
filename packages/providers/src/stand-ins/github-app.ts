/** The GitHub App of the sandbox, which holds the test key: what it is known by to the emulated GitHub. */
export const sandboxApp = { id: 510_001, slug: 'koble-sandbox' }

/** A personal access token of octocat; it opens nothing but the sandbox. */
export const personalToken = 'ghp_koble_sandbox_of_octocat'
