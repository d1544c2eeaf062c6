import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { GraphAccess } from './graph-access.ts'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import type { GraphItem } from './graph-page.ts'
import type { StandInHandler, StandInRequest } from './stand-in.ts'

const scopes = ['OnlineMeetings.ReadWrite']
const instant = z.iso.datetime({ offset: true })
const meetingBody = z.strictObject({
  externalId: z.string().min(1),
  subject: z.string().nullish(),
  startDateTime: instant.nullish(),
  endDateTime: instant.nullish(),
  participants: z
    .strictObject({
      attendees: z.array(
        z.strictObject({
          upn: z.string().min(1),
          role: z.enum(['attendee', 'presenter', 'coorganizer']).default('attendee'),
        }),
      ),
    })
    .nullish(),
})

/** Meetings that stand in no calendar, one for each name that the caller gave. https://learn.microsoft.com/graph/api/onlinemeeting-createorget */
export function createGraphMeetings({ access }: { access: GraphAccess }): Record<string, StandInHandler> {
  const meetings = new Map<string, GraphItem & { organizerId: string; externalId: string }>()

  function createOrGet(request: StandInRequest) {
    const user = access(request, 'teams', scopes)
    const given = graphBody(request, 'onlineMeeting', meetingBody)
    const { externalId, subject = null, participants } = given
    const known = [...meetings.values()].find((one) => one.organizerId === user.id && one.externalId === externalId)
    if (known) return { status: 200, body: shown(known) }
    const startDateTime = utc(given.startDateTime ?? new Date().toISOString())
    const endDateTime = utc(given.endDateTime ?? new Date(Date.parse(startDateTime) + 3_600_000).toISOString())
    if (endDateTime <= startDateTime) {
      throw graphError(400, 'BadRequest', 'The end of the meeting has to be after its start.')
    }
    const threadId = `19:meeting_${randomBytes(24).toString('base64url')}@thread.v2`
    const id = Buffer.from(`1*${user.id}*0**${threadId}`).toString('base64url')
    const made = {
      ...{ id, externalId, organizerId: user.id, subject, startDateTime, endDateTime },
      creationDateTime: new Date().toISOString(),
      joinWebUrl: `https://teams.microsoft.com/l/meetup-join/${encodeURIComponent(threadId)}/0`,
      joinMeetingIdSettings: {
        isPasscodeRequired: true,
        joinMeetingId: String(randomInt(10 ** 9, 10 ** 10)),
        passcode: randomUUID().slice(0, 6),
      },
      chatInfo: { threadId, messageId: '0', replyChainMessageId: null },
      participants: {
        organizer: { upn: user.userPrincipalName, role: 'presenter', identity: { user: { id: user.id } } },
        attendees: participants?.attendees ?? [],
      },
    }
    meetings.set(id, made)
    return { status: 201, body: shown(made) }
  }

  return {
    'POST /v1.0/me/onlineMeetings/createOrGet': createOrGet,
    'GET /v1.0/me/onlineMeetings/{meeting}': (request) => {
      const { id } = access(request, 'teams', ['OnlineMeetings.Read', ...scopes])
      const found = meetings.get(request.params['meeting'] ?? '')
      if (found?.organizerId === id) return { body: shown(found) }
      throw graphError(404, 'NotFound', 'Meeting not found.')
    },
  }
}

const utc = (time: string) => new Date(time).toISOString()

function shown({ organizerId: _organizerId, ...meeting }: GraphItem & { organizerId: string }) {
  return meeting
}
