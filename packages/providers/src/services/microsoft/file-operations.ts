import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { cursorTo, pageAt, queryCursor } from '../../query-cursor.ts'
import { type GraphList, graphId, nextCursor, reference } from './graph.ts'

const fileFields = 'id,name,size,file,folder,webUrl,parentReference,createdDateTime,lastModifiedDateTime'

/** OneDrive, and the files of teams. https://learn.microsoft.com/graph/api/resources/driveitem */
export const fileOperations = {
  listFiles: defineOperation({
    title: 'List files',
    description: "What lies in a folder of the person's OneDrive, or of a team, for which Files.Read.All is needed.",
    docsUrl: reference('driveitem-list-children'),
    effect: 'read',
    scopes: ['Files.Read'],
    input: z.strictObject({
      teamId: graphId.optional().describe('Its own OneDrive when absent'),
      folderId: graphId.optional().describe('The top when absent'),
      limit: z.int().min(1).max(200).default(100),
      cursor: queryCursor,
    }),
    output: z.object({
      files: z.array(
        z.object({
          id: z.string(),
          name: z.string().nullable(),
          isFolder: z.boolean(),
          mimeType: z.string().nullable(),
          sizeBytes: z.int().nullable(),
          driveId: z.string().nullable(),
          url: z.string().nullable(),
          createdAt: z.string().nullable(),
          modifiedAt: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run({ teamId, folderId, limit, cursor }, { send }) {
      const drive = teamId === undefined ? '/me/drive' : path`/groups/${teamId}/drive`
      const folder = folderId === undefined ? '/root' : path`/items/${folderId}`
      const at = pageAt(`${drive}${folder}/children`, { $select: fileFields, $top: limit }, cursor)
      const { body } = await send({ method: 'GET', ...at })
      const { value, '@odata.nextLink': next } = body as GraphList<GraphFile>
      const files = value.map((file) => ({
        id: file.id,
        name: file.name ?? null,
        isFolder: file.folder !== undefined,
        mimeType: file.file?.mimeType ?? null,
        sizeBytes: file.size ?? null,
        driveId: file.parentReference?.driveId ?? null,
        url: file.webUrl ?? null,
        createdAt: file.createdDateTime ?? null,
        modifiedAt: file.lastModifiedDateTime ?? null,
      }))
      return { files, nextCursor: cursorTo(next) }
    },
  }),
}

interface GraphFile {
  id: string
  name?: string
  size?: number
  file?: { mimeType?: string }
  folder?: object
  webUrl?: string
  parentReference?: { driveId?: string }
  createdDateTime?: string
  lastModifiedDateTime?: string
}
