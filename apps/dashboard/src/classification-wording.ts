import type { Classification, LegalBasis } from '@koble/contract/governance'

/** What the classifications are called, and what they do. */
export const classifications: Record<Classification, { label: string; effect: string }> = {
  open: { label: 'Open', effect: 'No restrictions.' },
  internal: { label: 'Internal', effect: 'Bodies of calls are logged without secrets and personal data, if at all.' },
  restricted: {
    label: 'Restricted',
    effect:
      'Bodies are never logged, every use stands in the audit log, only owners read tokens and export, and only admins see bodies of events.',
  },
}

/** The bases of GDPR article 6 (1) in words. */
export const legalBases: Record<LegalBasis, string> = {
  consent: 'Consent',
  contract: 'Contract',
  legal_obligation: 'Legal obligation',
  vital_interests: 'Vital interests',
  public_task: 'Public task',
  legitimate_interests: 'Legitimate interests',
}
