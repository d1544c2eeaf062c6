import { createKoble } from '@koble/sdk'

/** The Koble that served this page, called with the session cookie. */
export const koble = createKoble()
