const words: Record<string, { title: string; advice: string }> = {
  secret_missing: { title: 'There is no secret', advice: 'Enter the one that the provider shows.' },
  header_missing: { title: 'The signature is missing', advice: 'A header, parameter or field it needs was not there.' },
  header_malformed: { title: 'The signature is malformed', advice: 'Compare its prefix, algorithm and encoding.' },
  timestamp_stale: { title: 'Too late', advice: 'The signed time is too far from now: compare the clocks.' },
  mismatch: { title: 'Wrong signature', advice: 'Another secret, or other bytes than were signed.' },
  body_malformed: { title: 'The body cannot be read', advice: 'It is not of the kind that the scheme reads.' },
  certificate_missing: { title: 'No certificate', advice: 'The one that the delivery names was not to be had.' },
  certificate_refused: { title: 'Another’s certificate', advice: 'It is not one of the provider’s.' },
  peer_refused: { title: 'From an unknown sender', advice: 'The scheme does not know its address or certificate.' },
  replayed: { title: 'Seen before', advice: 'The same delivery was taken already.' },
  address_not_allowed: { title: 'From another network', advice: 'Its address is not in the list of the settings.' },
  rate_limited: { title: 'Too many', advice: 'There were more than the rate limit of the settings.' },
  body_too_large: { title: 'Too large', advice: 'It was larger than the settings allow.' },
  handshake_unanswerable: { title: 'A handshake without an answer', advice: 'What was to be answered was not in it.' },
}

/** A reason for refusing a delivery, in words, and what to look at. */
export function rejectionWords(reason: string): { title: string; advice: string } {
  return words[reason] ?? { title: reason.replaceAll('_', ' '), advice: '' }
}
