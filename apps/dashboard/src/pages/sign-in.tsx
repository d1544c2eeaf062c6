import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Entrance } from '../components/entrance.tsx'
import { SecretField, TextField } from '../components/field.tsx'
import { ErrorNotice } from '../components/notice.tsx'
import { OwnerLinkHint } from '../components/owner-link-hint.tsx'
import { koble } from '../koble.ts'
import { instanceQuery, sessionQuery } from '../queries.ts'
import { localPath } from '../search-params.ts'

const route = getRouteApi('/sign-in')

/** Signing in by e-mail address and password. */
export function SignIn() {
  const search = route.useSearch()
  const router = useRouter()
  const queryClient = useQueryClient()
  const { data: instance } = useQuery(instanceQuery)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => koble.session.signIn({ email: email.trim(), password }),
    onSuccess: (session) => {
      queryClient.clear()
      queryClient.setQueryData(sessionQuery.queryKey, session)
      router.history.push(localPath(search.redirect))
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!signIn.isPending) signIn.mutate()
  }
  return (
    <Entrance title="Sign in to Koble">
      {instance?.needsOwner ? (
        <OwnerLinkHint />
      ) : (
        <form onSubmit={submit} className="space-y-4">
          {signIn.isError && <ErrorNotice error={signIn.error} />}
          <TextField
            label="E-mail address"
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <SecretField
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <Button type="submit" variant="primary" busy={signIn.isPending} className="w-full">
            Sign in
          </Button>
          <p className="text-center text-ink-faint">No account? A member of your organization can invite you.</p>
        </form>
      )}
    </Entrance>
  )
}
