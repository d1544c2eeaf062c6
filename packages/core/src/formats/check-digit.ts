/**
 * The MOD11 check digit of Norwegian organisation numbers, accounts and KIDs: from the right, weights 2 to 7 over and
 * over. 10 means that there is no such digit; only a KID writes it, as a hyphen.
 */
export function mod11CheckDigit(base: string): number {
  let sum = 0
  for (let index = 0; index < base.length; index++) sum += Number(base[base.length - 1 - index]) * (2 + (index % 6))
  return (11 - (sum % 11)) % 11
}

/** The MOD10 (Luhn) check digit: from the right, weights 2 and 1 in turn, and the digits of the products added up. */
export function mod10CheckDigit(base: string): number {
  let sum = 0
  for (let index = 0; index < base.length; index++) {
    const product = Number(base[base.length - 1 - index]) * (2 - (index % 2))
    sum += product > 9 ? product - 9 : product
  }
  return (10 - (sum % 10)) % 10
}
