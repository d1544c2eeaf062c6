import type { InvitationPreview } from '@koble/contract/organizations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Entrance } from '../components/entrance.tsx'
import { SecretField, TextField } from '../components/field.tsx'
import { ErrorNotice, Notice } from '../components/notice.tsx'
import { OwnerLinkHint } from '../components/owner-link-hint.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { instanceQuery, sessionQuery } from '../queries.ts'

const route = getRouteApi('/join')
const passwordLengthMin = 10

/** Joining by a link: the first owner's, or an invitation. */
export function Join() {
  const { token } = route.useSearch()
  const instance = useQuery(instanceQuery)
  const preview = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => koble.invitations.preview(token ?? '', { signal }),
    enabled: token !== undefined,
    retry: false,
  })
  if (token === undefined) {
    return (
      <Entrance title="Welcome to Koble">
        {instance.isPending ? <Skeleton rows={3} /> : instance.data?.needsOwner ? <OwnerLinkHint /> : <NoToken />}
      </Entrance>
    )
  }
  if (preview.isPending) {
    return (
      <Entrance title="Welcome to Koble">
        <Skeleton rows={5} />
      </Entrance>
    )
  }
  if (preview.isError) {
    return (
      <Entrance title="This link does not work">
        <ErrorNotice error={preview.error} />
        <div className="mt-4 flex gap-2">
          {instance.data?.needsOwner ? <OwnerLinkHint /> : <ButtonLink to="/sign-in">Go to sign-in</ButtonLink>}
        </div>
      </Entrance>
    )
  }
  const { firstOwner, organizationName, role } = preview.data
  return (
    <Entrance
      title={firstOwner ? 'Set up Koble' : `Join ${organizationName}`}
      description={
        firstOwner
          ? 'You become the owner. Everything stays on this machine.'
          : `You were invited to ${organizationName} as ${role}.`
      }
    >
      <JoinForm token={token} preview={preview.data} />
    </Entrance>
  )
}

function NoToken() {
  return (
    <div className="space-y-4">
      <Notice>To join, open the link of your invitation: it ends in a token, which is missing here.</Notice>
      <ButtonLink to="/sign-in" variant="primary">
        Sign in instead
      </ButtonLink>
    </div>
  )
}

function JoinForm({ token, preview }: { token: string; preview: InvitationPreview }) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [form, setForm] = useState({ organizationName: '', name: '', email: preview.email ?? '', password: '' })
  const set = (key: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm({ ...form, [key]: event.target.value })
  const join = useMutation({
    mutationFn: () =>
      koble.invitations.accept({
        token,
        name: form.name.trim(),
        email: form.email.trim(),
        password: form.password,
        ...(preview.firstOwner && { organizationName: form.organizationName.trim() }),
      }),
    onSuccess: async (session) => {
      queryClient.clear()
      queryClient.setQueryData(sessionQuery.queryKey, session)
      await navigate({ to: '/' })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!join.isPending) join.mutate()
  }
  const errors = fieldErrors(join.error)
  return (
    <form onSubmit={submit} className="space-y-4">
      {join.isError && <ErrorNotice error={join.error} />}
      {preview.firstOwner && (
        <TextField
          label="Organization"
          help="Your company or project. You can rename it later."
          autoComplete="organization"
          required
          maxLength={120}
          error={errors['organizationName']}
          value={form.organizationName}
          onChange={set('organizationName')}
        />
      )}
      <TextField
        label="Your name"
        autoComplete="name"
        required
        maxLength={120}
        error={errors['name']}
        value={form.name}
        onChange={set('name')}
      />
      <TextField
        label="E-mail address"
        type="email"
        autoComplete="username"
        required
        readOnly={preview.email !== null}
        error={errors['email']}
        value={form.email}
        onChange={set('email')}
      />
      <SecretField
        label="Password"
        help={`At least ${passwordLengthMin} characters.`}
        autoComplete="new-password"
        required
        minLength={passwordLengthMin}
        maxLength={128}
        error={errors['password']}
        value={form.password}
        onChange={set('password')}
      />
      <Button type="submit" variant="primary" busy={join.isPending} className="w-full">
        {preview.firstOwner ? 'Create the organization' : 'Join'}
      </Button>
    </form>
  )
}
