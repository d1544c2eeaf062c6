import { askBehind } from './ask-behind.ts'
import { Refusal, type StandInReply, type StandInRequest } from './stand-in.ts'

/** One question to the emulated GitHub. */
export interface GithubQuestion {
  method?: string
  /** The header as the caller sent it; nobody asks unless given. */
  authorization?: string | undefined
  contentType?: string | undefined
  accept?: string | undefined
  body?: Buffer
}

/** Its answer; `body` is the JSON, or the text of something else. */
export interface GithubAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
}

/** Asks the emulated GitHub behind this one, as the caller or as somebody else. */
export type AskGithub = (target: string, question?: GithubQuestion) => Promise<GithubAnswer>

/** @param behind Where it listens. */
export function createAskGithub(behind: string): AskGithub {
  return async (target, { method = 'GET', accept, authorization, contentType, body } = {}) => {
    const answer = await askBehind(behind + target, {
      method,
      headers: {
        accept: accept || 'application/json',
        ...(authorization && { authorization }),
        ...(contentType && { 'content-type': contentType }),
      },
      ...(body && body.length > 0 && { body }),
    })
    const type = answer.headers['content-type']
    const isJson = /json/.test(type ?? '') && answer.body.length > 0
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    return { status: answer.status, headers, body: isJson ? answer.json : answer.body.toString() }
  }
}

/** The same request, as the caller sent it. */
export function askTheSame(ask: AskGithub, { method, target, headers, body }: StandInRequest): Promise<GithubAnswer> {
  const { authorization, accept, 'content-type': contentType } = headers
  return ask(target, { method, accept, authorization, contentType, body })
}

/** A refusal in GitHub's words. */
export function githubRefusal(status: number, message: string): Refusal {
  return new Refusal({
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: `${status}` },
  })
}

/** The token that a header carries; empty when there is none. */
export function tokenIn(authorization: string | undefined): string {
  return /^(?:Bearer|token) (.+)$/i.exec(authorization ?? '')?.[1] ?? ''
}

/** One page of a list that is counted, with links to the others. */
export function githubPage(
  origin: string,
  { query, target }: StandInRequest,
  name: string,
  items: readonly unknown[],
  more: object = {},
): StandInReply {
  const size = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 30) || 30))
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (number: number, rel: string) => {
    const url = new URL(target, origin)
    url.searchParams.set('page', String(number))
    return `<${url}>; rel="${rel}"`
  }
  const links = page < last ? [link(page + 1, 'next'), link(last, 'last')] : []
  return {
    headers: links.length > 0 ? { link: links.join(', ') } : {},
    body: { total_count: items.length, ...more, [name]: items.slice((page - 1) * size, page * size) },
  }
}
