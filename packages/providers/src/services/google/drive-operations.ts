import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'
import { multipartRelated } from './multipart-related.ts'
import { cursor, driveReference, nextCursor } from './page.ts'
import { auth } from './scopes.ts'

const fileFields = 'id,name,mimeType,size,md5Checksum,parents,webViewLink,createdTime,modifiedTime,trashed'
const folderType = 'application/vnd.google-apps.folder'
const fileId = z.string().regex(/^[\w-]{1,200}$/)
const name = z.string().min(1).max(1_000)
const mimeType = z.string().regex(/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/, 'Such as text/csv')

/** Beyond it Google asks for the upload to be made in two steps. */
const multipartBytesMax = 5 * 1024 * 1024

const file = z.object({
  id: z.string(),
  name: z.string().nullable(),
  mimeType: z.string().nullable(),
  isFolder: z.boolean(),
  sizeBytes: z.int().nullable().describe('Documents of Google have none'),
  md5: z.string().nullable(),
  folderId: z.string().nullable(),
  url: z.string().nullable(),
  createdAt: z.string().nullable(),
  modifiedAt: z.string().nullable(),
})

/** Files and folders. https://developers.google.com/workspace/drive/api/reference/rest/v3 */
export const driveOperations = {
  listFiles: defineOperation({
    title: 'List files',
    description: 'Files and folders; with the scope drive.file only those that the app made or was given.',
    docsUrl: driveReference('files/list'),
    effect: 'read',
    oneOfScopes: [`${auth}/drive.file`, `${auth}/drive.metadata.readonly`],
    input: z.strictObject({
      folderId: fileId.optional().describe('What lies in it; `root` is the top'),
      nameContains: z.string().min(1).max(200).optional(),
      mimeType: mimeType.optional(),
      modifiedAfter: z.iso.datetime({ offset: true }).optional(),
      includeTrashed: z.boolean().default(false),
      includeSharedDrives: z.boolean().default(false),
      orderBy: z.enum(['name', 'modifiedTime', 'modifiedTime desc', 'createdTime', 'createdTime desc']).optional(),
      limit: z.int().min(1).max(1_000).default(100),
      cursor,
    }),
    output: z.object({ files: z.array(file), nextCursor }),
    example: { folderId: 'drv_campaign' },
    async run({ includeSharedDrives, orderBy, limit, cursor, ...filter }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: '/drive/v3/files',
        query: {
          q: searchFor(filter),
          fields: `nextPageToken,files(${fileFields})`,
          orderBy,
          pageSize: limit,
          pageToken: cursor,
          ...(includeSharedDrives && {
            corpora: 'allDrives',
            includeItemsFromAllDrives: true,
            supportsAllDrives: true,
          }),
        },
      })
      const { files = [], nextPageToken } = body as { files?: GoogleFile[]; nextPageToken?: string }
      return { files: files.map(toFile), nextCursor: nextPageToken ?? null }
    },
  }),

  createFolder: defineOperation({
    title: 'Create a folder',
    description: 'Makes a folder. Names need not be unique: after a lost answer it may be there twice.',
    docsUrl: driveReference('files/create'),
    effect: 'write',
    scopes: [`${auth}/drive.file`],
    input: z.strictObject({ name, parentId: fileId.optional().describe('The top of My Drive when absent') }),
    output: file,
    example: { name: 'Koble example' },
    async run({ name, parentId }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: '/drive/v3/files',
        query: { fields: fileFields, supportsAllDrives: true },
        json: { name, mimeType: folderType, parents: parentId && [parentId] },
      })
      return toFile(body as GoogleFile)
    },
  }),

  uploadFile: defineOperation({
    title: 'Upload a file',
    description: 'Uploads a new file. Names need not be unique: after a lost answer it may be there twice.',
    docsUrl: 'https://developers.google.com/workspace/drive/api/guides/manage-uploads',
    effect: 'write',
    scopes: [`${auth}/drive.file`],
    input: z.strictObject({
      name,
      content: z.base64().describe('The bytes, in base64'),
      mimeType: mimeType.default('application/octet-stream'),
      parentId: fileId.optional().describe('The top of My Drive when absent'),
      description: z.string().max(5_000).optional(),
    }),
    output: file,
    example: { name: 'hello.txt', content: 'SGVsbG8=', mimeType: 'text/plain', parentId: 'drv_campaign' },
    async run({ content, parentId, ...rest }, context) {
      const bytes = Buffer.from(content, 'base64')
      const metadata = { ...rest, parents: parentId === undefined ? undefined : [parentId] }
      const upload = bytes.length > multipartBytesMax ? resumable : multipart
      return toFile(await upload(context, metadata, bytes))
    },
  }),
}

interface GoogleFile {
  id: string
  name?: string
  mimeType?: string
  /** Digits, as a text. */
  size?: string
  md5Checksum?: string
  parents?: string[]
  webViewLink?: string
  createdTime?: string
  modifiedTime?: string
}

const uploadPath = '/upload/drive/v3/files'
const uploadQuery = { fields: fileFields, supportsAllDrives: true }

async function multipart(
  { send }: OperationContext,
  metadata: { mimeType: string },
  content: Buffer,
): Promise<GoogleFile> {
  const { body } = await send({
    method: 'POST',
    path: uploadPath,
    query: { uploadType: 'multipart', ...uploadQuery },
    bytes: multipartRelated(metadata, { content, contentType: metadata.mimeType }),
  })
  return body as GoogleFile
}

/** Google gives an address for the bytes, which may be sent there more than once. */
async function resumable(
  { send }: OperationContext,
  metadata: { mimeType: string },
  content: Buffer,
): Promise<GoogleFile> {
  const session = await send({
    method: 'POST',
    path: uploadPath,
    query: { uploadType: 'resumable', ...uploadQuery },
    headers: { 'x-upload-content-type': metadata.mimeType, 'x-upload-content-length': String(content.length) },
    json: metadata,
  })
  const { location } = session.headers
  if (typeof location !== 'string') {
    throw new OperationError('malformed', { status: session.status, message: 'There is no address to upload to.' })
  }
  const { body } = await send({
    method: 'PUT',
    path: location,
    repeatable: true,
    bytes: { content, contentType: metadata.mimeType },
  })
  return body as GoogleFile
}

/** https://developers.google.com/workspace/drive/api/guides/search-files */
function searchFor(filter: {
  folderId?: string | undefined
  nameContains?: string | undefined
  mimeType?: string | undefined
  modifiedAfter?: string | undefined
  includeTrashed: boolean
}): string | undefined {
  const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`
  const terms = [
    filter.folderId && `${quoted(filter.folderId)} in parents`,
    filter.nameContains && `name contains ${quoted(filter.nameContains)}`,
    filter.mimeType && `mimeType = ${quoted(filter.mimeType)}`,
    filter.modifiedAfter && `modifiedTime > ${quoted(filter.modifiedAfter)}`,
    !filter.includeTrashed && 'trashed = false',
  ].filter((term) => typeof term === 'string')
  return terms.join(' and ') || undefined
}

function toFile(given: GoogleFile): z.infer<typeof file> {
  return {
    id: given.id,
    name: given.name ?? null,
    mimeType: given.mimeType ?? null,
    isFolder: given.mimeType === folderType,
    sizeBytes: given.size === undefined ? null : Number(given.size),
    md5: given.md5Checksum ?? null,
    folderId: given.parents?.[0] ?? null,
    url: given.webViewLink ?? null,
    createdAt: given.createdTime ?? null,
    modifiedAt: given.modifiedTime ?? null,
  }
}
