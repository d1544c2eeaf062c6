import { defineProvider } from '../../define-provider.ts'
import { serviceAccount, serviceFields } from '../../generic-fields.ts'

/** Any AWS service, or one that takes its signatures, described by the organization itself. */
export const awsSigV4 = defineProvider({
  id: 'aws-sigv4',
  name: 'Any service with AWS signatures',
  description: 'A service of AWS, or one that takes its Signature Version 4, such as S3-compatible storage.',
  category: 'generic',
  docsUrl: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html',
  color: '#B45309',
  generic: true,
  auth: { type: 'aws_sigv4', service: '{service}', region: '{region}' },
  api: { baseUrl: '{apiUrl}' },
  account: serviceAccount,
  integrationFields: [
    ...serviceFields,
    {
      key: 'service',
      label: 'Service',
      help: 'As AWS writes it in signatures.',
      pattern: '[a-z0-9\\-]+',
      patternMessage: 'Small letters, digits and hyphens, as in execute-api',
      example: 's3',
    },
    {
      key: 'region',
      label: 'Region',
      default: 'us-east-1',
      pattern: '[a-z0-9\\-]+',
      patternMessage: 'Small letters, digits and hyphens, as in eu-north-1',
    },
  ],
  samples: [{ title: 'The base address', method: 'GET', path: '/' }],
})
