import { KobleError } from '../errors/errors.ts'
import type { FetchOptions } from '../http/create-fetch.ts'
import { createHttpClient, type HttpClient, type HttpRequest, type HttpResult } from '../http/http-client.ts'
import { checkHealth, type HealthStatus } from './integration-adapter.ts'
import { IntegrationError } from './integration-error.ts'

/** Retries, breaker, limits, events and the rest, as in `createFetch`. */
export interface IntegrationClientOptions extends Omit<FetchOptions, 'name'> {
  /** What relative URLs follow: `https://api.example.com/v1`. */
  baseUrl?: string
}

/** One request of a `BaseIntegrationClient`. */
export interface RequestConfig extends Omit<HttpRequest, 'method'> {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
}

/** Where a client without `baseUrl` has nothing but whole URLs, relative ones fail at a name that cannot exist. */
const nowhere = 'https://base-url-missing.invalid'

/**
 * The ground to build a client for a third party on. A subclass gives its name and describes its calls with `request`,
 * which times out after 30 seconds unless said otherwise, is tried again where that is safe, stands behind a breaker
 * for each origin, and fails with `IntegrationError` and nothing else.
 *
 * A subclass may set `serviceName` and `baseUrl` as fields, or hand them to the constructor.
 */
export abstract class BaseIntegrationClient {
  protected serviceName: string
  protected baseUrl: string | undefined
  readonly #options: IntegrationClientOptions
  #http: HttpClient | undefined

  constructor(serviceName = '', options: IntegrationClientOptions = {}) {
    this.serviceName = serviceName
    this.baseUrl = options.baseUrl
    this.#options = options
  }

  /**
   * Makes one call and resolves with the data of the answer: JSON parsed, or text. The caller vouches for its shape.
   * An object as the body is sent as JSON, or as a form if the `Content-Type` says so. Rejects with `IntegrationError`.
   */
  async request<Data = unknown>(config: RequestConfig): Promise<Data> {
    return (await this.requestWhole<Data>(config)).data
  }

  /** As `request`, with status and headers. */
  protected async requestWhole<Data = unknown>(config: RequestConfig): Promise<HttpResult<Data>> {
    try {
      return await this.http.request<Data>(config)
    } catch (error) {
      throw new IntegrationError(this.serviceName, operationOf(config), error)
    }
  }

  /** The client beneath, for what `request` has no words for (`paginate` for one). */
  protected get http(): HttpClient {
    // Made late: the fields of a subclass have their values only after this class's constructor.
    this.#http ??= createHttpClient({
      ...this.#options,
      name: this.serviceName,
      baseURL: this.baseUrl ?? nowhere,
    })
    return this.#http
  }

  /** Whether the third party answers; never rejects. */
  healthCheck(): Promise<HealthStatus> {
    return checkHealth(() => this.ping())
  }

  /**
   * The call behind `healthCheck`: asks for `baseUrl`, where any answer that is no server error will do. A subclass that
   * knows a better one overrides it.
   */
  protected async ping(): Promise<void> {
    if (this.baseUrl === undefined) {
      const missing = new KobleError('invalid_request', 'Neither baseUrl nor ping is set.')
      throw new IntegrationError(this.serviceName, 'ping', missing)
    }
    try {
      await this.request({ url: '', responseType: 'text' })
    } catch (error) {
      const { statusCode } = error as IntegrationError
      if (statusCode === undefined || statusCode >= 500) throw error
    }
  }
}

/** Without the query, which may hold anything. */
function operationOf({ method = 'GET', url }: RequestConfig): string {
  const path = URL.canParse(url) ? new URL(url).pathname : (url.split(/[?#]/, 1)[0] ?? '')
  return `${method} ${path}`
}
