/**
 * A Swedish personnummer or samordningsnummer as twelve digits, from `19900101-2385` as well; null when it is none: when
 * there is no such day (60 is added to it in a samordningsnummer), or the last digit does not fit (Luhn, of the last ten).
 */
export function parsePersonnummer(text: string): string | null {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^(?:18|19|20)\d{10}$/.test(digits)) return null
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number) as [
    number,
    number,
    number,
  ]
  const date = new Date(Date.UTC(year, month - 1, day > 60 ? day - 60 : day))
  if (date.getUTCMonth() !== month - 1 || day === 0 || day === 60) return null
  const sum = [...digits.slice(2)].reduce((total, digit, index) => {
    const product = Number(digit) * (2 - (index % 2))
    return total + (product > 9 ? product - 9 : product)
  }, 0)
  return sum % 10 === 0 ? digits : null
}
