/**
 * The fields of a form body (`application/x-www-form-urlencoded`) in their order, as the
 * {@link https://url.spec.whatwg.org/#urlencoded-parsing URL standard} reads them. Taking the text apart here costs about
 * a quarter less than `URLSearchParams` does, and taking forms apart is a large part of a check of Twilio's.
 *
 * @param text well-formed, as decoding UTF-8 makes it.
 */
export function formFields(text: string): [name: string, value: string][] {
  const fields: [string, string][] = []
  // Once for all of it: a plus that was meant is an escape still.
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  try {
    for (let start = 0; start < spaced.length; ) {
      const ampersand = spaced.indexOf('&', start)
      const end = ampersand === -1 ? spaced.length : ampersand
      if (end > start) fields.push(field(spaced.slice(start, end)))
      start = end + 1
    }
    return fields
  } catch {
    // An escape that is none, or bytes that are no UTF-8: the standard has an answer to each. The ampersand keeps a
    // question mark at the start, which is dropped otherwise.
    return [...new URLSearchParams(`&${text}`)]
  }
}

function field(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  const name = equals === -1 ? pair : pair.slice(0, equals)
  const value = equals === -1 ? '' : pair.slice(equals + 1)
  return pair.includes('%') ? [decoded(name), decoded(value)] : [name, value]
}

/** Throws URIError where percent-encoding is not of UTF-8. */
function decoded(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text
}
