/** What people are told, in Norwegian, English and Swedish. */
export interface UserMessage {
  nb: string
  en: string
  sv: string
}

const general: Record<'pending' | 'failed' | 'complete', UserMessage> = {
  pending: {
    nb: 'Identifisering eller signering pågår.',
    en: 'Identification or signing in progress.',
    sv: 'Identifiering eller underskrift pågår.',
  },
  failed: {
    nb: 'Noe gikk galt. Prøv igjen.',
    en: 'Something went wrong. Please try again.',
    sv: 'Något gick fel. Försök igen.',
  },
  complete: { nb: 'Ferdig.', en: 'Done.', sv: 'Klart.' },
}

const byHint: Record<string, UserMessage> = {
  outstandingTransaction: {
    nb: 'Start BankID-appen og skann QR-koden.',
    en: 'Start the BankID app and scan the QR code.',
    sv: 'Starta BankID-appen och läs av QR-koden.',
  },
  noClient: { nb: 'Start BankID-appen.', en: 'Start the BankID app.', sv: 'Starta BankID-appen.' },
  started: {
    nb: 'Leter etter BankID på denne enheten. Det kan ta litt tid.',
    en: 'Looking for BankID on this device. It may take a little while.',
    sv: 'Söker efter BankID på enheten. Det kan ta en liten stund.',
  },
  userMrtd: {
    nb: 'Les av ID-dokumentet ditt i BankID-appen.',
    en: 'Read your identity document with the BankID app.',
    sv: 'Läs av din id-handling med BankID-appen.',
  },
  userCallConfirm: {
    nb: 'Bekreft i BankID-appen hvem som ringte.',
    en: 'Confirm in the BankID app who made the call.',
    sv: 'Bekräfta i BankID-appen vem som ringde.',
  },
  userSign: {
    nb: 'Skriv sikkerhetskoden din i BankID-appen.',
    en: 'Enter your security code in the BankID app.',
    sv: 'Skriv in din säkerhetskod i BankID-appen.',
  },
  expiredTransaction: {
    nb: 'BankID-appen svarte ikke i tide. Prøv igjen.',
    en: 'The BankID app did not respond in time. Please try again.',
    sv: 'BankID-appen svarade inte i tid. Försök igen.',
  },
  certificateErr: {
    nb: 'Denne BankID-en er sperret eller for gammel. Bruk en annen, eller få en ny av banken din.',
    en: 'This BankID is blocked or too old. Use another, or get a new one from your bank.',
    sv: 'Detta BankID är spärrat eller för gammalt. Använd ett annat, eller skaffa ett nytt hos din bank.',
  },
  userCancel: { nb: 'Du avbrøt.', en: 'You cancelled.', sv: 'Du avbröt.' },
  cancelled: {
    nb: 'Avbrutt, fordi en annen ble startet for samme person. Prøv igjen.',
    en: 'Cancelled, because another was begun for the same person. Please try again.',
    sv: 'Avbruten, eftersom en annan påbörjades för samma person. Försök igen.',
  },
  startFailed: {
    nb: 'BankID-appen ble ikke startet i tide, eller QR-koden ble ikke skannet. Prøv igjen.',
    en: 'The BankID app was not started in time, or the QR code was not scanned. Please try again.',
    sv: 'BankID-appen startades inte i tid, eller QR-koden lästes inte av. Försök igen.',
  },
  userDeclinedCall: {
    nb: 'Du svarte at du ikke er i den samtalen.',
    en: 'You answered that you are not in that call.',
    sv: 'Du svarade att du inte är i det samtalet.',
  },
  notSupportedByUserApp: {
    nb: 'BankID-appen må oppdateres først.',
    en: 'The BankID app has to be updated first.',
    sv: 'BankID-appen måste uppdateras först.',
  },
  transactionRiskBlocked: {
    nb: 'Stanset, fordi risikoen er for høy.',
    en: 'Stopped, because the risk is too high.',
    sv: 'Stoppad, eftersom risken är för hög.',
  },
}

/** What to show for a status and its hint; a hint that is not known gets the words for the status. */
export function userMessageOf(status: string, hintCode?: string | null): UserMessage {
  const known = hintCode && Object.hasOwn(byHint, hintCode) ? byHint[hintCode] : undefined
  return known ?? general[status === 'complete' || status === 'failed' ? status : 'pending']
}
