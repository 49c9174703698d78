// Errors, as the API says them.

/** What the server refused, or how it could not be reached. */
export class AlleatoError extends Error {
  constructor(message, { code, hint = '', status = 0, field = '', errors = [], requestId = '', retryAfter = 0, cause } = {}) {
    super(message, { cause })
    this.name = 'AlleatoError'
    Object.assign(this, { code, hint, status, field, errors, requestId, retryAfter })
  }
}

/** A document was changed meanwhile, and what was to be saved is not: both texts are here. */
export class ConflictError extends AlleatoError {
  constructor(message, { current, yours, ...more }) {
    super(message, more)
    this.name = 'ConflictError'
    Object.assign(this, { current, yours })
  }
}

const codes = {
  400: 'invalid', 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 409: 'conflict', 413: 'too_large',
  415: 'unsupported', 422: 'invalid', 429: 'rate_limited', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable',
}

// refusal makes an error of an answer; a proxy's page has no problem in it.
export function refusal(status, header, body) {
  let problem = {}
  try {
    problem = JSON.parse(body) ?? {}
  } catch {}
  const Kind = problem.current ? ConflictError : AlleatoError
  return new Kind(problem.detail ?? `The server answered ${status}.`, {
    code: problem.code ?? codes[status] ?? 'internal', hint: problem.hint, status, field: problem.field, errors: problem.errors,
    requestId: problem.requestId ?? header('x-request-id') ?? '', retryAfter: Number(header('retry-after')) || 0,
    current: problem.current, yours: problem.yours,
  })
}

export const unreachable = (cause) => new AlleatoError('The server could not be reached.',
  { code: 'unreachable', hint: 'Check the address and the connection.', cause })
