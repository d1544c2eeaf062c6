import type { CallOptions } from './transport.ts'

// Written by `npm run docs` from the operations of packages/providers.

/** Runs one operation; rejects with `KobleApiError`. */
type Run<Input, Output> = (
  ...args: Record<string, never> extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions]
) => Promise<Output>

/** The typed calls of a connection, by its provider. */
export interface ProviderOperations {
  /** GitHub */
  github: {
    /** Test the connection. Says as whom the connection acts: a person, or the installation of a GitHub App. */
    testConnection: Run<Record<string, never>, {
      actsAs: "user" | "installation"
      /** Of an installation without repositories nobody says it */
      login: string | null
      /** How many an installation reaches */
      repositories: number | null
    }>
    /** Get the person. Who the account belongs to; without a public address the primary one is looked up, if that was granted. */
    getUserInfo: Run<Record<string, never>, {
      /** Stays the same when the login changes */
      id: string
      login: string
      name: string | null
      email: string | null
      company: string | null
      location: string | null
      avatarUrl: string | null
      url: string
      type: string | null
      createdAt: string | null
    }>
    /** List organizations. The organizations of the person that let the app see them. */
    listOrganizations: Run<{
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      organizations: {
        id: string
        login: string
        description: string | null
      }[]
      nextCursor: string | null
    }>
    /** List installations. Where the GitHub App is installed, as far as the person can see it; for tokens that the app got by a sign-in. */
    listInstallations: Run<{
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      installations: {
        id: string
        appSlug: string | null
        /** Where the app is installed, by login */
        account: string | null
        accountId: string | null
        /** User, Organization or Enterprise */
        accountType: string | null
        /** all or selected */
        repositorySelection: string | null
        permissions: Record<string, string>
        suspendedAt: string | null
      }[]
      totalCount: number
      nextCursor: string | null
    }>
    /** List repositories of an installation. What an installation of the GitHub App reaches: the given one by the token of a sign-in, else the connected one. */
    listInstallationRepositories: Run<{
      /** Absent for a connection that is an installation itself */
      installationId?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      repositories: {
        id: string
        name: string
        fullName: string
        owner: string | null
        description: string | null
        isPrivate: boolean
        isFork: boolean
        isArchived: boolean
        defaultBranch: string | null
        language: string | null
        topics: string[]
        /** Pull requests among them */
        openIssues: number | null
        canPush: boolean | null
        url: string
        pushedAt: string | null
        updatedAt: string | null
      }[]
      totalCount: number
      nextCursor: string | null
    }>
    /** List repositories. The repositories that the person can reach; for a GitHub App see listInstallationRepositories. */
    listRepositories: Run<{
      visibility?: "all" | "public" | "private"
      /** All three when absent */
      affiliation?: ("owner" | "collaborator" | "organization_member")[]
      sort?: "created" | "updated" | "pushed" | "full_name"
      direction?: "asc" | "desc"
      /** Changed from then on */
      since?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      repositories: {
        id: string
        name: string
        fullName: string
        owner: string | null
        description: string | null
        isPrivate: boolean
        isFork: boolean
        isArchived: boolean
        defaultBranch: string | null
        language: string | null
        topics: string[]
        /** Pull requests among them */
        openIssues: number | null
        canPush: boolean | null
        url: string
        pushedAt: string | null
        updatedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Get a repository. One repository; what one may not see answers as what is not there. */
    getRepository: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
    }, {
      id: string
      name: string
      fullName: string
      owner: string | null
      description: string | null
      isPrivate: boolean
      isFork: boolean
      isArchived: boolean
      defaultBranch: string | null
      language: string | null
      topics: string[]
      /** Pull requests among them */
      openIssues: number | null
      canPush: boolean | null
      url: string
      pushedAt: string | null
      updatedAt: string | null
    }>
    /** Create a release. Publishes a release; the tag is made at the target unless it is there. */
    createRelease: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      tagName: string
      /** A branch or a commit; the default branch when absent */
      target?: string
      name?: string
      /** Markdown */
      body?: string
      isDraft?: boolean
      isPrerelease?: boolean
      /** GitHub writes what changed below the body */
      generateNotes?: boolean
    }, {
      id: string
      tagName: string
      name: string | null
      isDraft: boolean
      isPrerelease: boolean
      url: string
      createdAt: string | null
      publishedAt: string | null
    }>
    /** Start a workflow. Starts a workflow of GitHub Actions that has the `workflow_dispatch` trigger. */
    dispatchWorkflow: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      /** Its id, or the name of its file */
      workflow: string
      /** The branch or tag to run on */
      ref: string
      inputs?: Record<string, string | number | boolean>
    }, {
      workflow: string
      ref: string
    }>
    /** List issues. Issues of a repository, pull requests among them; `since` brings what changed from then on. */
    listIssues: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      state?: "open" | "closed" | "all"
      /** All of them */
      labels?: string[]
      /** A login, `none` or `*` for any */
      assignee?: string
      creator?: string
      since?: string
      sort?: "created" | "updated" | "comments"
      direction?: "asc" | "desc"
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      issues: {
        id: string
        number: number
        title: string
        body: string | null
        state: string
        stateReason: string | null
        author: string | null
        labels: string[]
        assignees: string[]
        comments: number | null
        /** To GitHub each pull request is an issue, too */
        isPullRequest: boolean
        url: string
        createdAt: string
        updatedAt: string | null
        closedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Open an issue. Opens an issue. GitHub knows no idempotency: after a lost answer it may be there twice. */
    createIssue: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      title: string
      /** Markdown */
      body?: string
      labels?: string[]
      /** By login; at most ten */
      assignees?: string[]
      /** By number; null for none */
      milestone?: number | null
    }, {
      id: string
      number: number
      title: string
      body: string | null
      state: string
      stateReason: string | null
      author: string | null
      labels: string[]
      assignees: string[]
      comments: number | null
      /** To GitHub each pull request is an issue, too */
      isPullRequest: boolean
      url: string
      createdAt: string
      updatedAt: string | null
      closedAt: string | null
    }>
    /** Change an issue. Changes what is given of an issue; labels and assignees take the place of those that it has. */
    updateIssue: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      number: number
      title?: string
      /** Markdown */
      body?: string
      labels?: string[]
      /** By login; at most ten */
      assignees?: string[]
      /** By number; null for none */
      milestone?: number | null
      state?: "open" | "closed"
      /** With `state` */
      stateReason?: "completed" | "not_planned" | "duplicate" | "reopened"
    }, {
      id: string
      number: number
      title: string
      body: string | null
      state: string
      stateReason: string | null
      author: string | null
      labels: string[]
      assignees: string[]
      comments: number | null
      /** To GitHub each pull request is an issue, too */
      isPullRequest: boolean
      url: string
      createdAt: string
      updatedAt: string | null
      closedAt: string | null
    }>
    /** Comment on an issue. Adds a comment to an issue or a pull request; those concerned are told. */
    createIssueComment: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      number: number
      /** Markdown */
      body: string
    }, {
      id: string
      body: string | null
      author: string | null
      url: string
      createdAt: string
    }>
    /** Search issues. Searches issues and pull requests of all repositories that the account can see; GitHub gives the first thousand. */
    searchIssues: Run<{
      /** Words and qualifiers: `repo:octocat/hello-world is:issue bug` */
      query: string
      sort?: "comments" | "reactions" | "interactions" | "created" | "updated"
      order?: "asc" | "desc"
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      issues: {
        id: string
        number: number
        title: string
        body: string | null
        state: string
        stateReason: string | null
        author: string | null
        labels: string[]
        assignees: string[]
        comments: number | null
        /** To GitHub each pull request is an issue, too */
        isPullRequest: boolean
        url: string
        createdAt: string
        updatedAt: string | null
        closedAt: string | null
        /** Owner and name */
        repository: string | null
      }[]
      totalCount: number
      /** The search took too long, and there may be more */
      isIncomplete: boolean
      nextCursor: string | null
    }>
    /** List pull requests. The pull requests of a repository. */
    listPullRequests: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      state?: "open" | "closed" | "all"
      /** `owner:branch` */
      head?: string
      /** The branch to merge into */
      base?: string
      sort?: "created" | "updated" | "popularity" | "long-running"
      direction?: "asc" | "desc"
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      pullRequests: {
        id: string
        number: number
        title: string
        body: string | null
        state: string
        isDraft: boolean
        author: string | null
        head: {
          ref: string
          sha: string
        }
        base: {
          ref: string
          sha: string
        }
        url: string
        createdAt: string
        updatedAt: string | null
        closedAt: string | null
        mergedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Open a pull request. Opens a pull request; GitHub refuses a second one between the same branches. */
    createPullRequest: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      title: string
      /** The branch with the changes; `owner:branch` from a fork */
      head: string
      /** The branch to merge into */
      base: string
      /** Markdown */
      body?: string
      isDraft?: boolean
    }, {
      id: string
      number: number
      title: string
      body: string | null
      state: string
      isDraft: boolean
      author: string | null
      head: {
        ref: string
        sha: string
      }
      base: {
        ref: string
        sha: string
      }
      url: string
      createdAt: string
      updatedAt: string | null
      closedAt: string | null
      mergedAt: string | null
    }>
    /** Get a file. The content of a file, or what is in a folder. */
    getFile: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      /** From the root of the repository, without a leading slash */
      path: string
      /** A branch, a tag or a commit; the default branch when absent */
      ref?: string
    }, {
      type: "file" | "folder" | "symlink" | "submodule"
      path: string
      /** What putFile needs to change it; a folder has none here */
      sha: string | null
      size: number | null
      /** The bytes of a file, in base64 */
      content: string | null
      url: string | null
      /** Of a folder, the first thousand */
      entries: {
        name: string
        path: string
        type: string
        sha: string
        size: number
      }[]
    }>
    /** Write a file. Creates a file, or changes the one whose `sha` is given, in a commit of its own; files of workflows need the scope workflow. */
    putFile: Run<{
      /** A person or an organization, by login */
      owner: string
      /** The name without the owner */
      repo: string
      /** From the root of the repository, without a leading slash */
      path: string
      /** The bytes, in base64 */
      content: string
      /** Of the commit */
      message: string
      /** The default branch when absent */
      branch?: string
      /** Of the file that is to be changed; refused when it has changed since */
      sha?: string
    }, {
      path: string
      sha: string
      commitSha: string
      url: string | null
      isNew: boolean
    }>
  }
  /** Google */
  google: {
    /** Test the connection. Says whose account it is; every connection may ask. */
    testConnection: Run<Record<string, never>, {
      userId: string
      email: string | null
    }>
    /** Get the profile. Who the account belongs to; `id` stays, the address may change. */
    getUserProfile: Run<Record<string, never>, {
      id: string
      email: string | null
      isEmailVerified: boolean | null
      name: string | null
      givenName: string | null
      familyName: string | null
      pictureUrl: string | null
      /** Of an organization with Google Workspace */
      hostedDomain: string | null
    }>
    /** List calendars. The calendars in the list of the account. */
    listCalendars: Run<{
      showHidden?: boolean
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      calendars: {
        id: string
        summary: string | null
        description: string | null
        timeZone: string | null
        /** freeBusyReader, reader, writer or owner */
        accessRole: string | null
        isPrimary: boolean
      }[]
      nextCursor: string | null
    }>
    /** List events. Events of a calendar. The last page brings a `nextSyncToken`; given as `syncToken`, with the same `singleEvents`, it brings what changed since. */
    listEvents: Run<{
      /** `primary` is the main one of the account */
      calendarId?: string
      /** Ending after it */
      timeMin?: string
      /** Beginning before it */
      timeMax?: string
      updatedMin?: string
      query?: string
      orderBy?: "startTime" | "updated"
      /** What comes again is given as each of its occurrences */
      singleEvents?: boolean
      showDeleted?: boolean
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
      syncToken?: string
    }, {
      events: {
        id: string
        /** confirmed, tentative or cancelled */
        status: string | null
        summary: string | null
        description: string | null
        location: string | null
        /** Null in what is left of a cancelled one */
        start: {
          dateTime: string | null
          date: string | null
          timeZone: string | null
        } | null
        end: {
          dateTime: string | null
          date: string | null
          timeZone: string | null
        } | null
        organizer: string | null
        attendees: {
          email: string | null
          displayName: string | null
          responseStatus: string | null
          isOptional: boolean
        }[]
        recurrence: string[]
        recurringEventId: string | null
        meetingUrl: string | null
        url: string | null
        etag: string | null
        createdAt: string | null
        updatedAt: string | null
      }[]
      timeZone: string | null
      nextCursor: string | null
      /** On the last page */
      nextSyncToken: string | null
      /** The sync token is too old: begin anew without one */
      fullSyncRequired: boolean
    }>
    /** Create an event. Adds an event, with a meeting in Google Meet if wanted; a repeated wish brings the one that is there. */
    createEvent: Run<{
      /** `primary` is the main one of the account */
      calendarId?: string
      /** Of your own; Google refuses it the second time */
      id?: string
      summary?: string
      /** May hold HTML */
      description?: string
      location?: string
      attendees?: {
        email: string
        displayName?: string
        isOptional?: boolean
      }[]
      /** RFC 5545: `RRULE:FREQ=WEEKLY;COUNT=10` */
      recurrence?: string[]
      start: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo; needed for what comes again */
        timeZone?: string
      } | {
        /** For a whole day */
        date: string
      }
      end: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo; needed for what comes again */
        timeZone?: string
      } | {
        /** For a whole day */
        date: string
      }
      createMeeting?: boolean
      /** Which of the attendees are told */
      sendUpdates?: "all" | "externalOnly" | "none"
    }, {
      id: string
      /** confirmed, tentative or cancelled */
      status: string | null
      summary: string | null
      description: string | null
      location: string | null
      /** Null in what is left of a cancelled one */
      start: {
        dateTime: string | null
        date: string | null
        timeZone: string | null
      } | null
      end: {
        dateTime: string | null
        date: string | null
        timeZone: string | null
      } | null
      organizer: string | null
      attendees: {
        email: string | null
        displayName: string | null
        responseStatus: string | null
        isOptional: boolean
      }[]
      recurrence: string[]
      recurringEventId: string | null
      meetingUrl: string | null
      url: string | null
      etag: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Change an event. Changes what is given of an event; attendees take the place of those that it has. */
    updateEvent: Run<{
      /** `primary` is the main one of the account */
      calendarId?: string
      eventId: string
      summary?: string
      /** May hold HTML */
      description?: string
      location?: string
      attendees?: {
        email: string
        displayName?: string
        isOptional?: boolean
      }[]
      /** RFC 5545: `RRULE:FREQ=WEEKLY;COUNT=10` */
      recurrence?: string[]
      start?: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo; needed for what comes again */
        timeZone?: string
      } | {
        /** For a whole day */
        date: string
      }
      end?: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo; needed for what comes again */
        timeZone?: string
      } | {
        /** For a whole day */
        date: string
      }
      status?: "confirmed" | "tentative" | "cancelled"
      /** Refused when it has changed since */
      etag?: string
      /** Which of the attendees are told */
      sendUpdates?: "all" | "externalOnly" | "none"
    }, {
      id: string
      /** confirmed, tentative or cancelled */
      status: string | null
      summary: string | null
      description: string | null
      location: string | null
      /** Null in what is left of a cancelled one */
      start: {
        dateTime: string | null
        date: string | null
        timeZone: string | null
      } | null
      end: {
        dateTime: string | null
        date: string | null
        timeZone: string | null
      } | null
      organizer: string | null
      attendees: {
        email: string | null
        displayName: string | null
        responseStatus: string | null
        isOptional: boolean
      }[]
      recurrence: string[]
      recurringEventId: string | null
      meetingUrl: string | null
      url: string | null
      etag: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Delete an event. Deletes an event; one that was deleted before is no failure. */
    deleteEvent: Run<{
      /** `primary` is the main one of the account */
      calendarId?: string
      eventId: string
      /** Which of the attendees are told */
      sendUpdates?: "all" | "externalOnly" | "none"
    }, {
      deleted: true
    }>
    /** Watch a calendar. Has Google call an https address when events of a calendar change. The channel ends by itself: open another before that, then stop this one. */
    watchCalendar: Run<{
      calendarId?: string
      url: string
      /** Comes with each call, and is its only proof: the secret of the endpoint */
      token: string
      /** Google may make it shorter */
      lifetimeSeconds?: number
    }, {
      channelId: string
      /** Needed to stop it */
      resourceId: string
      resourceUri: string | null
      expiresAt: string | null
    }>
    /** Stop a channel. Ends a push channel before its time; what is under way may still arrive. */
    stopChannel: Run<{
      /** Where it was opened */
      service?: "calendar" | "drive"
      channelId: string
      resourceId: string
    }, {
      stopped: true
    }>
    /** List files. Files and folders; with the scope drive.file only those that the app made or was given. */
    listFiles: Run<{
      /** What lies in it; `root` is the top */
      folderId?: string
      nameContains?: string
      mimeType?: string
      modifiedAfter?: string
      includeTrashed?: boolean
      includeSharedDrives?: boolean
      orderBy?: "name" | "modifiedTime" | "modifiedTime desc" | "createdTime" | "createdTime desc"
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      files: {
        id: string
        name: string | null
        mimeType: string | null
        isFolder: boolean
        /** Documents of Google have none */
        sizeBytes: number | null
        md5: string | null
        folderId: string | null
        url: string | null
        createdAt: string | null
        modifiedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Create a folder. Makes a folder. Names need not be unique: after a lost answer it may be there twice. */
    createFolder: Run<{
      name: string
      /** The top of My Drive when absent */
      parentId?: string
    }, {
      id: string
      name: string | null
      mimeType: string | null
      isFolder: boolean
      /** Documents of Google have none */
      sizeBytes: number | null
      md5: string | null
      folderId: string | null
      url: string | null
      createdAt: string | null
      modifiedAt: string | null
    }>
    /** Upload a file. Uploads a new file. Names need not be unique: after a lost answer it may be there twice. */
    uploadFile: Run<{
      name: string
      /** The bytes, in base64 */
      content: string
      mimeType?: string
      /** The top of My Drive when absent */
      parentId?: string
      description?: string
    }, {
      id: string
      name: string | null
      mimeType: string | null
      isFolder: boolean
      /** Documents of Google have none */
      sizeBytes: number | null
      md5: string | null
      folderId: string | null
      url: string | null
      createdAt: string | null
      modifiedAt: string | null
    }>
    /** Send an e-mail. Sends a message from Gmail. Gmail knows no idempotency: after a lost answer it may be sent twice. */
    sendEmail: Run<{
      to: {
        email: string
        name?: string
      }[]
      cc?: {
        email: string
        name?: string
      }[]
      bcc?: {
        email: string
        name?: string
      }[]
      /** An alias of the account; its own address when absent */
      from?: {
        email: string
        name?: string
      }
      replyTo?: {
        email: string
        name?: string
      }
      subject: string
      text?: string
      html?: string
      attachments?: {
        filename: string
        contentType?: string
        /** The bytes, in base64 */
        content: string
      }[]
      /** The thread to stay in; the subject and the two below must fit */
      threadId?: string
      inReplyTo?: string
      references?: string[]
    }, {
      id: string
      threadId: string
      labelIds: string[]
    }>
    /** List e-mail. Messages that fit a search, newest first, by their ids; getMessage brings what they say. */
    listMessages: Run<{
      /** As in the search of Gmail: `from:ola is:unread` */
      query?: string
      /** All of them: `INBOX`, `UNREAD` */
      labelIds?: string[]
      includeSpamTrash?: boolean
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      messages: {
        id: string
        threadId: string
      }[]
      estimatedTotal: number | null
      nextCursor: string | null
    }>
    /** Get an e-mail. What a message says, and which files hang on it. */
    getMessage: Run<{
      id: string
    }, {
      id: string
      threadId: string
      labelIds: string[]
      snippet: string | null
      receivedAt: string | null
      /** For `inReplyTo` of an answer */
      messageId: string | null
      subject: string | null
      from: string | null
      to: string | null
      cc: string | null
      text: string | null
      html: string | null
      attachments: {
        id: string | null
        filename: string
        contentType: string | null
        sizeBytes: number | null
      }[]
    }>
  }
  /** Slack */
  slack: {
    /** Test the connection. Says which workspace the connection belongs to, and as whom it acts there. */
    testConnection: Run<Record<string, never>, {
      workspaceId: string
      workspace: string
      userId: string
      url: string
    }>
    /** Send a message. Posts in a channel or to a person. Slack knows no idempotency: after a lost answer it may be there twice. */
    sendMessage: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      /** Also what notifications show when there are blocks */
      text: string
      /** Block Kit; at most 50 */
      blocks?: Record<string, unknown>[]
      /** The ts of the message to answer */
      threadTs?: string
      unfurlLinks?: boolean
    }, {
      channel: string
      ts: string
    }>
    /** Send an alert. Posts a message with a coloured bar, a title and fields, as monitoring does. */
    sendAlert: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      severity?: "info" | "warning" | "critical"
      title: string
      text: string
      fields?: Record<string, string>
    }, {
      channel: string
      ts: string
    }>
    /** List channels. The channels that the bot can see, page by page. */
    listChannels: Run<{
      types?: ("public_channel" | "private_channel" | "mpim" | "im")[]
      excludeArchived?: boolean
      /** At most so many; a page may hold fewer */
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      channels: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }[]
      nextCursor: string | null
    }>
    /** Create a channel. Makes a channel; the bot is its first member. */
    createChannel: Run<{
      /** Lower-case letters, digits, - and _ */
      name: string
      isPrivate?: boolean
    }, {
      id: string
      name: string | null
      isPrivate: boolean
      isArchived: boolean
      isMember: boolean
      topic: string | null
      memberCount: number | null
    }>
    /** Create an incident channel. Makes a channel for one incident, says in it what is known, and brings in those who are needed. */
    createIncidentChannel: Run<{
      title: string
      severity?: "info" | "warning" | "critical"
      summary?: string
      userIds?: string[]
      isPrivate?: boolean
    }, {
      channel: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }
      ts: string
    }>
    /** Get a person. One member of the workspace; the address needs users:read.email. */
    getUserInfo: Run<{
      userId: string
    }, {
      id: string
      name: string
      realName: string | null
      email: string | null
      timeZone: string | null
      isBot: boolean
      isDeleted: boolean
    }>
    /** Upload a file. Uploads a file and shares it in a channel; without one it stays private to the app. */
    uploadFile: Run<{
      filename: string
      /** The bytes, in base64 */
      content: string
      /** Id of a channel, of a conversation, or of a person */
      channel?: string
      title?: string
      comment?: string
      threadTs?: string
    }, {
      fileId: string
    }>
  }
  /** Microsoft */
  microsoft: {
    /** Test the connection. Says whose account it is. */
    testConnection: Run<Record<string, never>, {
      userId: string
      userPrincipalName: string | null
    }>
    /** Get a profile. The person who connected, or another one of the tenant, for which User.ReadBasic.All is needed. */
    getUserProfile: Run<{
      /** An id or a user principal name */
      userId?: string
    }, {
      /** Stays the same when name and address change */
      id: string
      displayName: string | null
      givenName: string | null
      surname: string | null
      mail: string | null
      userPrincipalName: string | null
      jobTitle: string | null
      department: string | null
      officeLocation: string | null
      mobilePhone: string | null
    }>
    /** List people. The people of the tenant; with User.ReadBasic.All only names and addresses. */
    listUsers: Run<{
      /** The beginning of a word of the name or the address */
      search?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      users: {
        /** Stays the same when name and address change */
        id: string
        displayName: string | null
        givenName: string | null
        surname: string | null
        mail: string | null
        userPrincipalName: string | null
        jobTitle: string | null
        department: string | null
        officeLocation: string | null
        mobilePhone: string | null
      }[]
      nextCursor: string | null
    }>
    /** List teams. The teams that the person is in; Graph decides how many stand on a page. */
    listTeams: Run<{
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      teams: {
        id: string
        displayName: string | null
        description: string | null
        isArchived: boolean | null
      }[]
      nextCursor: string | null
    }>
    /** List channels. The channels of a team that the person can see; Graph decides how many stand on a page. */
    listChannels: Run<{
      teamId: string
      membershipType?: "standard" | "private" | "shared"
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      channels: {
        id: string
        displayName: string | null
        description: string | null
        /** standard, private or shared */
        membershipType: string | null
        email: string | null
        url: string | null
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Create a channel. Makes a channel in a team. Names are unique within a team, so that a second one is refused. */
    createChannel: Run<{
      teamId: string
      displayName: string
      description?: string
      isPrivate?: boolean
      /** A private channel needs an owner, by id */
      ownerId?: string
    }, {
      id: string
      displayName: string | null
      description: string | null
      /** standard, private or shared */
      membershipType: string | null
      email: string | null
      url: string | null
      createdAt: string | null
    }>
    /** Post in a channel. Posts a message in a channel of a team, or an answer to one. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendChannelMessage: Run<{
      teamId: string
      channelId: string
      /** Teams takes about 28 kB */
      content: string
      contentType?: "text" | "html"
      importance?: "normal" | "high" | "urgent"
      /** The content is HTML then, and says where: `<at id="0">Ola</at>` is the first */
      mentions?: {
        userId: string
        displayName: string
      }[]
      subject?: string
      /** The message whose thread it goes into */
      replyToId?: string
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** Write in a chat. Writes in a chat that the person is in. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendChatMessage: Run<{
      chatId: string
      /** Teams takes about 28 kB */
      content: string
      contentType?: "text" | "html"
      importance?: "normal" | "high" | "urgent"
      /** The content is HTML then, and says where: `<at id="0">Ola</at>` is the first */
      mentions?: {
        userId: string
        displayName: string
      }[]
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** Post an Adaptive Card. Posts a card in a channel, or in a chat for which ChatMessage.Send is needed. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendAdaptiveCard: Run<{
      teamId?: string
      channelId?: string
      chatId?: string
      card: {
        type: "AdaptiveCard"
        /** Teams shows up to 1.5 */
        version: string
        body?: unknown[]
        /** Only a bot hears of Action.Submit; Action.OpenUrl works everywhere */
        actions?: unknown[]
      }
      subject?: string
      /** The message whose thread it goes into */
      replyToId?: string
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** List events. Events of the main calendar between two times, each occurrence by itself; times are in UTC. */
    listEvents: Run<{
      /** The end of the span */
      startsBefore: string
      /** Its beginning */
      endsAfter: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      events: {
        id: string
        subject: string | null
        /** How its text begins */
        preview: string | null
        start: {
          dateTime: string
          timeZone: string
        } | null
        end: {
          dateTime: string
          timeZone: string
        } | null
        isAllDay: boolean
        isCancelled: boolean
        location: string | null
        organizer: string | null
        attendees: {
          email: string | null
          name: string | null
          isOptional: boolean
          response: string | null
        }[]
        meetingUrl: string | null
        seriesId: string | null
        url: string | null
        createdAt: string | null
        updatedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Create an event. Adds an event and invites the attendees, with a meeting in Teams if wanted; a repeated wish is one event. */
    createEvent: Run<{
      subject: string
      content?: string
      contentType?: "text" | "html"
      start: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo */
        timeZone?: string
      }
      end: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo */
        timeZone?: string
      }
      /** Both times are then midnight of one zone */
      isAllDay?: boolean
      location?: string
      attendees?: {
        email: string
        name?: string
        isOptional?: boolean
      }[]
      createMeeting?: boolean
    }, {
      id: string
      subject: string | null
      /** How its text begins */
      preview: string | null
      start: {
        dateTime: string
        timeZone: string
      } | null
      end: {
        dateTime: string
        timeZone: string
      } | null
      isAllDay: boolean
      isCancelled: boolean
      location: string | null
      organizer: string | null
      attendees: {
        email: string | null
        name: string | null
        isOptional: boolean
        response: string | null
      }[]
      meetingUrl: string | null
      seriesId: string | null
      url: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Create an online meeting. Makes a meeting in Teams that stands in no calendar; a repeated wish brings the one that is there. */
    createMeeting: Run<{
      subject: string
      start: string
      end: string
      attendees?: {
        userPrincipalName: string
        role?: "attendee" | "presenter"
      }[]
    }, {
      id: string
      joinUrl: string
      subject: string | null
      start: string | null
      end: string | null
      joinMeetingId: string | null
      passcode: string | null
      chatId: string | null
      isNew: boolean
    }>
    /** Send an e-mail. Sends a message from Outlook. Graph knows no idempotency here: after a lost answer it may be sent twice. */
    sendEmail: Run<{
      to: {
        email: string
        name?: string
      }[]
      cc?: {
        email: string
        name?: string
      }[]
      bcc?: {
        email: string
        name?: string
      }[]
      replyTo?: {
        email: string
        name?: string
      }[]
      subject: string
      content: string
      contentType?: "text" | "html"
      importance?: "low" | "normal" | "high"
      attachments?: {
        filename: string
        contentType?: string
        /** The bytes, in base64 */
        content: string
      }[]
      saveToSentItems?: boolean
    }, {
      accepted: true
    }>
    /** List files. What lies in a folder of the person's OneDrive, or of a team, for which Files.Read.All is needed. */
    listFiles: Run<{
      /** Its own OneDrive when absent */
      teamId?: string
      /** The top when absent */
      folderId?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      files: {
        id: string
        name: string | null
        isFolder: boolean
        mimeType: string | null
        sizeBytes: number | null
        driveId: string | null
        url: string | null
        createdAt: string | null
        modifiedAt: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** Microsoft Teams */
  microsoftTeams: {
    /** Test the connection. Says whose account it is. */
    testConnection: Run<Record<string, never>, {
      userId: string
      userPrincipalName: string | null
    }>
    /** Get a profile. The person who connected, or another one of the tenant, for which User.ReadBasic.All is needed. */
    getUserProfile: Run<{
      /** An id or a user principal name */
      userId?: string
    }, {
      /** Stays the same when name and address change */
      id: string
      displayName: string | null
      givenName: string | null
      surname: string | null
      mail: string | null
      userPrincipalName: string | null
      jobTitle: string | null
      department: string | null
      officeLocation: string | null
      mobilePhone: string | null
    }>
    /** List people. The people of the tenant; with User.ReadBasic.All only names and addresses. */
    listUsers: Run<{
      /** The beginning of a word of the name or the address */
      search?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      users: {
        /** Stays the same when name and address change */
        id: string
        displayName: string | null
        givenName: string | null
        surname: string | null
        mail: string | null
        userPrincipalName: string | null
        jobTitle: string | null
        department: string | null
        officeLocation: string | null
        mobilePhone: string | null
      }[]
      nextCursor: string | null
    }>
    /** List teams. The teams that the person is in; Graph decides how many stand on a page. */
    listTeams: Run<{
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      teams: {
        id: string
        displayName: string | null
        description: string | null
        isArchived: boolean | null
      }[]
      nextCursor: string | null
    }>
    /** List channels. The channels of a team that the person can see; Graph decides how many stand on a page. */
    listChannels: Run<{
      teamId: string
      membershipType?: "standard" | "private" | "shared"
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      channels: {
        id: string
        displayName: string | null
        description: string | null
        /** standard, private or shared */
        membershipType: string | null
        email: string | null
        url: string | null
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Create a channel. Makes a channel in a team. Names are unique within a team, so that a second one is refused. */
    createChannel: Run<{
      teamId: string
      displayName: string
      description?: string
      isPrivate?: boolean
      /** A private channel needs an owner, by id */
      ownerId?: string
    }, {
      id: string
      displayName: string | null
      description: string | null
      /** standard, private or shared */
      membershipType: string | null
      email: string | null
      url: string | null
      createdAt: string | null
    }>
    /** Post in a channel. Posts a message in a channel of a team, or an answer to one. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendChannelMessage: Run<{
      teamId: string
      channelId: string
      /** Teams takes about 28 kB */
      content: string
      contentType?: "text" | "html"
      importance?: "normal" | "high" | "urgent"
      /** The content is HTML then, and says where: `<at id="0">Ola</at>` is the first */
      mentions?: {
        userId: string
        displayName: string
      }[]
      subject?: string
      /** The message whose thread it goes into */
      replyToId?: string
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** Write in a chat. Writes in a chat that the person is in. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendChatMessage: Run<{
      chatId: string
      /** Teams takes about 28 kB */
      content: string
      contentType?: "text" | "html"
      importance?: "normal" | "high" | "urgent"
      /** The content is HTML then, and says where: `<at id="0">Ola</at>` is the first */
      mentions?: {
        userId: string
        displayName: string
      }[]
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** Post an Adaptive Card. Posts a card in a channel, or in a chat for which ChatMessage.Send is needed. Teams knows no idempotency: after a lost answer it may be there twice. */
    sendAdaptiveCard: Run<{
      teamId?: string
      channelId?: string
      chatId?: string
      card: {
        type: "AdaptiveCard"
        /** Teams shows up to 1.5 */
        version: string
        body?: unknown[]
        /** Only a bot hears of Action.Submit; Action.OpenUrl works everywhere */
        actions?: unknown[]
      }
      subject?: string
      /** The message whose thread it goes into */
      replyToId?: string
    }, {
      id: string
      url: string | null
      createdAt: string | null
    }>
    /** List events. Events of the main calendar between two times, each occurrence by itself; times are in UTC. */
    listEvents: Run<{
      /** The end of the span */
      startsBefore: string
      /** Its beginning */
      endsAfter: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      events: {
        id: string
        subject: string | null
        /** How its text begins */
        preview: string | null
        start: {
          dateTime: string
          timeZone: string
        } | null
        end: {
          dateTime: string
          timeZone: string
        } | null
        isAllDay: boolean
        isCancelled: boolean
        location: string | null
        organizer: string | null
        attendees: {
          email: string | null
          name: string | null
          isOptional: boolean
          response: string | null
        }[]
        meetingUrl: string | null
        seriesId: string | null
        url: string | null
        createdAt: string | null
        updatedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Create an event. Adds an event and invites the attendees, with a meeting in Teams if wanted; a repeated wish is one event. */
    createEvent: Run<{
      subject: string
      content?: string
      contentType?: "text" | "html"
      start: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo */
        timeZone?: string
      }
      end: {
        /** Without an offset it needs the timeZone */
        dateTime: string
        /** Such as Europe/Oslo */
        timeZone?: string
      }
      /** Both times are then midnight of one zone */
      isAllDay?: boolean
      location?: string
      attendees?: {
        email: string
        name?: string
        isOptional?: boolean
      }[]
      createMeeting?: boolean
    }, {
      id: string
      subject: string | null
      /** How its text begins */
      preview: string | null
      start: {
        dateTime: string
        timeZone: string
      } | null
      end: {
        dateTime: string
        timeZone: string
      } | null
      isAllDay: boolean
      isCancelled: boolean
      location: string | null
      organizer: string | null
      attendees: {
        email: string | null
        name: string | null
        isOptional: boolean
        response: string | null
      }[]
      meetingUrl: string | null
      seriesId: string | null
      url: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Create an online meeting. Makes a meeting in Teams that stands in no calendar; a repeated wish brings the one that is there. */
    createMeeting: Run<{
      subject: string
      start: string
      end: string
      attendees?: {
        userPrincipalName: string
        role?: "attendee" | "presenter"
      }[]
    }, {
      id: string
      joinUrl: string
      subject: string | null
      start: string | null
      end: string | null
      joinMeetingId: string | null
      passcode: string | null
      chatId: string | null
      isNew: boolean
    }>
    /** Send an e-mail. Sends a message from Outlook. Graph knows no idempotency here: after a lost answer it may be sent twice. */
    sendEmail: Run<{
      to: {
        email: string
        name?: string
      }[]
      cc?: {
        email: string
        name?: string
      }[]
      bcc?: {
        email: string
        name?: string
      }[]
      replyTo?: {
        email: string
        name?: string
      }[]
      subject: string
      content: string
      contentType?: "text" | "html"
      importance?: "low" | "normal" | "high"
      attachments?: {
        filename: string
        contentType?: string
        /** The bytes, in base64 */
        content: string
      }[]
      saveToSentItems?: boolean
    }, {
      accepted: true
    }>
    /** List files. What lies in a folder of the person's OneDrive, or of a team, for which Files.Read.All is needed. */
    listFiles: Run<{
      /** Its own OneDrive when absent */
      teamId?: string
      /** The top when absent */
      folderId?: string
      limit?: number
      /** The nextCursor of the page before; the rest must be the same */
      cursor?: string
    }, {
      files: {
        id: string
        name: string | null
        isFolder: boolean
        mimeType: string | null
        sizeBytes: number | null
        driveId: string | null
        url: string | null
        createdAt: string | null
        modifiedAt: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** Stripe */
  stripe: {
    /** Test the connection. Says whether the key works, and whether it reaches live or only test data. */
    testConnection: Run<Record<string, never>, {
      /** Null where a restricted key does not tell */
      live: boolean | null
    }>
    /** Create a customer. Adds a customer, for a Norwegian business with its VAT number. */
    createCustomer: Run<{
      name?: string
      email?: string
      phone?: string
      description?: string
      address?: {
        line1?: string
        line2?: string
        postalCode?: string
        city?: string
        country?: string
      }
      /** Norwegian VAT number, such as 974 760 673 MVA */
      mvaNumber?: string
      /** Preferred languages, such as nb */
      locales?: string[]
      metadata?: Record<string, string>
    }, {
      id: string
      name: string | null
      email: string | null
      phone: string | null
      description: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** List customers. The customers of the account, the newest first. */
    listCustomers: Run<{
      /** Exactly this address, in upper and lower case as it was given */
      email?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      customers: {
        id: string
        name: string | null
        email: string | null
        phone: string | null
        description: string | null
        createdAt: string
        metadata: Record<string, string>
      }[]
      nextCursor: string | null
    }>
    /** Create a payment. Begins a payment; with confirm and a payment method it is carried out at once. */
    createPaymentIntent: Run<{
      /** In the currency's smallest unit (øre); either this or kroner */
      amount?: number
      /** As decimal text, such as 199,50; only with the currency nok */
      kroner?: string
      currency?: string
      customerId?: string
      paymentMethodId?: string
      confirm?: boolean
      captureMethod?: "automatic" | "automatic_async" | "manual"
      /** Offer what is switched on in the dashboard */
      automaticPaymentMethods?: boolean
      /** The payer is not there */
      offSession?: boolean
      returnUrl?: string
      description?: string
      receiptEmail?: string
      statementDescriptorSuffix?: string
      metadata?: Record<string, string>
    }, {
      id: string
      /** requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled */
      status: string
      /** In the currency's smallest unit */
      amount: number
      kroner: string | null
      currency: string
      amountCapturable: number | null
      amountReceived: number | null
      /** For the browser that pays; keep it out of logs */
      clientSecret: string | null
      customerId: string | null
      latestChargeId: string | null
      /** What the payer has to do, such as redirect_to_url */
      nextAction: string | null
      redirectUrl: string | null
      failureCode: string | null
      failureMessage: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** Get a payment. How far a payment has come. */
    getPaymentIntent: Run<{
      /** Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa */
      id: string
    }, {
      id: string
      /** requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled */
      status: string
      /** In the currency's smallest unit */
      amount: number
      kroner: string | null
      currency: string
      amountCapturable: number | null
      amountReceived: number | null
      /** For the browser that pays; keep it out of logs */
      clientSecret: string | null
      customerId: string | null
      latestChargeId: string | null
      /** What the payer has to do, such as redirect_to_url */
      nextAction: string | null
      redirectUrl: string | null
      failureCode: string | null
      failureMessage: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** Confirm a payment. Carries a payment out; the payer may have to do something afterwards (nextAction). */
    confirmPaymentIntent: Run<{
      /** Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa */
      id: string
      paymentMethodId?: string
      returnUrl?: string
      offSession?: boolean
    }, {
      id: string
      /** requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled */
      status: string
      /** In the currency's smallest unit */
      amount: number
      kroner: string | null
      currency: string
      amountCapturable: number | null
      amountReceived: number | null
      /** For the browser that pays; keep it out of logs */
      clientSecret: string | null
      customerId: string | null
      latestChargeId: string | null
      /** What the payer has to do, such as redirect_to_url */
      nextAction: string | null
      redirectUrl: string | null
      failureCode: string | null
      failureMessage: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** Capture a payment. Takes what was reserved, or a part of it; the rest is released unless finalCapture is false. */
    capturePaymentIntent: Run<{
      /** Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa */
      id: string
      /** In the currency's smallest unit (øre); either this or kroner */
      amount?: number
      /** As decimal text, such as 199,50; only with the currency nok */
      kroner?: string
      finalCapture?: boolean
    }, {
      id: string
      /** requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled */
      status: string
      /** In the currency's smallest unit */
      amount: number
      kroner: string | null
      currency: string
      amountCapturable: number | null
      amountReceived: number | null
      /** For the browser that pays; keep it out of logs */
      clientSecret: string | null
      customerId: string | null
      latestChargeId: string | null
      /** What the payer has to do, such as redirect_to_url */
      nextAction: string | null
      redirectUrl: string | null
      failureCode: string | null
      failureMessage: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** Cancel a payment. Gives a payment up that has not been carried out, and releases what was reserved. */
    cancelPaymentIntent: Run<{
      /** Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa */
      id: string
      reason?: "abandoned" | "duplicate" | "fraudulent" | "requested_by_customer"
    }, {
      id: string
      /** requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded or canceled */
      status: string
      /** In the currency's smallest unit */
      amount: number
      kroner: string | null
      currency: string
      amountCapturable: number | null
      amountReceived: number | null
      /** For the browser that pays; keep it out of logs */
      clientSecret: string | null
      customerId: string | null
      latestChargeId: string | null
      /** What the payer has to do, such as redirect_to_url */
      nextAction: string | null
      redirectUrl: string | null
      failureCode: string | null
      failureMessage: string | null
      createdAt: string
      metadata: Record<string, string>
    }>
    /** Refund a payment. Gives a payment back, or a part of it; without an amount all that is left. */
    createRefund: Run<{
      /** Of the payment, as in pi_3MtwBwLkdIwHu7ix28a3tqPa */
      paymentIntentId: string
      /** In the currency's smallest unit (øre); either this or kroner */
      amount?: number
      /** As decimal text, such as 199,50; only with the currency nok */
      kroner?: string
      reason?: "duplicate" | "fraudulent" | "requested_by_customer"
      metadata?: Record<string, string>
    }, {
      id: string
      /** pending, requires_action, succeeded, failed or canceled */
      status: string | null
      amount: number
      kroner: string | null
      currency: string
      paymentIntentId: string | null
      chargeId: string | null
      createdAt: string
    }>
    /** Create a Norwegian invoice. Makes an invoice in kroner with a KID, VAT by kind and, for a new customer, the VAT number; then sends it. A repetition under the same idempotency key goes on where it was interrupted. */
    createNorwegianInvoice: Run<{
      /** Either this or customer */
      customerId?: string
      customer?: {
        name?: string
        email?: string
        phone?: string
        description?: string
        address?: {
          line1?: string
          line2?: string
          postalCode?: string
          city?: string
          country?: string
        }
        /** Norwegian VAT number, such as 974 760 673 MVA */
        mvaNumber?: string
        /** Preferred languages, such as nb */
        locales?: string[]
        metadata?: Record<string, string>
      }
      /** Of a customer that is there already; added unless Stripe has it */
      mvaNumber?: string
      /** Number of the invoice or the customer, of which the KID is made */
      reference: string
      /** As agreed with the bank; zeros are put in front */
      kidLength?: number
      /** The account to pay to, printed on the invoice */
      kontonummer?: string
      /** Amounts are for one piece, without VAT */
      lines: {
        description: string
        /** In the currency's smallest unit (øre); either this or kroner */
        amount?: number
        /** As decimal text, such as 199,50; only with the currency nok */
        kroner?: string
        quantity?: number
        /** Decides the rate of today; exempt has none */
        mva?: "general" | "food" | "low" | "water_sewage" | "raw_fish" | "zero" | "exempt"
      }[]
      daysUntilDue?: number
      description?: string
      footer?: string
      metadata?: Record<string, string>
      /** How far to go */
      finish?: "draft" | "finalize" | "send"
    }, {
      id: string
      /** There once it is finalized */
      number: string | null
      /** draft, open, paid, uncollectible or void */
      status: string | null
      currency: string
      /** In the currency's smallest unit */
      total: number
      totalKroner: string | null
      amountDue: number
      amountPaid: number
      amountRemaining: number
      customerId: string | null
      dueAt: string | null
      /** Where the customer sees and pays it */
      url: string | null
      pdfUrl: string | null
      createdAt: string
      kid: string
    }>
    /** List invoices. The invoices of the account, the newest first. */
    listInvoices: Run<{
      status?: "draft" | "open" | "paid" | "uncollectible" | "void"
      customerId?: string
      createdFrom?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      invoices: {
        id: string
        /** There once it is finalized */
        number: string | null
        /** draft, open, paid, uncollectible or void */
        status: string | null
        currency: string
        /** In the currency's smallest unit */
        total: number
        totalKroner: string | null
        amountDue: number
        amountPaid: number
        amountRemaining: number
        customerId: string | null
        dueAt: string | null
        /** Where the customer sees and pays it */
        url: string | null
        pdfUrl: string | null
        createdAt: string
      }[]
      nextCursor: string | null
    }>
    /** Finalize an invoice. Gives a draft its number; from then on it cannot be changed. */
    finalizeInvoice: Run<{
      id: string
    }, {
      id: string
      /** There once it is finalized */
      number: string | null
      /** draft, open, paid, uncollectible or void */
      status: string | null
      currency: string
      /** In the currency's smallest unit */
      total: number
      totalKroner: string | null
      amountDue: number
      amountPaid: number
      amountRemaining: number
      customerId: string | null
      dueAt: string | null
      /** Where the customer sees and pays it */
      url: string | null
      pdfUrl: string | null
      createdAt: string
    }>
    /** Send an invoice. Sends it by e-mail, and finalizes it first if need be. With a test key no e-mail goes out. */
    sendInvoice: Run<{
      id: string
    }, {
      id: string
      /** There once it is finalized */
      number: string | null
      /** draft, open, paid, uncollectible or void */
      status: string | null
      currency: string
      /** In the currency's smallest unit */
      total: number
      totalKroner: string | null
      amountDue: number
      amountPaid: number
      amountRemaining: number
      customerId: string | null
      dueAt: string | null
      /** Where the customer sees and pays it */
      url: string | null
      pdfUrl: string | null
      createdAt: string
    }>
  }
  /** Vipps Login */
  vippsLogin: {
    /** Test the connection. Says whether the sign-in is still good; after about ten minutes Vipps asks for a new one. */
    testConnection: Run<Record<string, never>, {
      subject: string
    }>
    /** Get the profile. What the person shared of their profile, as it is now; what was not asked for is null. */
    getUserInfo: Run<Record<string, never>, {
      /** The person, as this sales unit knows them; another one knows them by another id */
      subject: string
      name: string | null
      givenName: string | null
      familyName: string | null
      /** YYYY-MM-DD */
      birthDate: string | null
      /** With its country and without a plus: 4791234567 */
      phoneNumber: string | null
      isPhoneNumberVerified: boolean | null
      email: string | null
      isEmailVerified: boolean | null
      address: {
        /** home, work or other */
        type: string | null
        formatted: string | null
        streetAddress: string | null
        postalCode: string | null
        region: string | null
        /** ISO 3166-1, of two letters */
        country: string | null
      } | null
      otherAddresses: {
        /** home, work or other */
        type: string | null
        formatted: string | null
        streetAddress: string | null
        postalCode: string | null
        region: string | null
        /** ISO 3166-1, of two letters */
        country: string | null
      }[]
    }>
  }
  /** Vipps Payment */
  vippsPayment: {
    /** Test the connection. Says whether the keys are good, without touching a payment. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
      webhooks: number
    }>
    /** Create a payment. Begins a payment that the customer approves in the app: send them to the redirectUrl, then poll or listen for AUTHORIZED. */
    createPayment: Run<{
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
      /** Your own, unique for the sales unit; one is made where there is none */
      reference?: string
      /** How the customer gets to the app; PUSH_MESSAGE has to be ordered */
      flow?: "WEB_REDIRECT" | "NATIVE_REDIRECT" | "PUSH_MESSAGE" | "QR"
      paymentMethod?: "WALLET" | "CARD"
      /** Where the customer goes afterwards, whatever they did */
      returnUrl?: string
      /** Who pays, where that is known */
      customer?: {
        /** With its country, as in +4791234567; eight digits are Norwegian */
        phoneNumber?: string
        personalQr?: string
        customerToken?: string
      }
      customerInteraction?: "CUSTOMER_PRESENT" | "CUSTOMER_NOT_PRESENT"
      /** What the customer reads in the app */
      description?: string
      /** What the customer is asked to share; all or nothing */
      profile?: ("name" | "phoneNumber" | "email" | "address" | "birthDate")[]
      /** Makes it an Express payment, which asks for the address */
      shipping?: {
        /** The same for every address */
        groups?: {
          type: "HOME_DELIVERY" | "PICKUP_POINT" | "MAILBOX" | "IN_STORE" | "OTHER"
          brand: "BRING" | "DHL" | "FEDEX" | "GLS" | "HELTHJEM" | "INSTABOX" | "MATKAHUOLTO" | "PORTERBUDDY" | "POSTEN" | "POSTI" | "POSTNORD" | "OTHER"
          isDefault?: boolean
          priority?: number
          options: {
            id: string
            name: string
            /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
            amount: number | string
            isDefault?: boolean
            priority?: number
            meta?: string
            estimatedDelivery?: string
          }[]
        }[]
        /** Where Vipps asks for the groups, once it knows the address */
        callback?: {
          url: string
          authorizationToken: string
        }
      }
      metadata?: Record<string, string>
      minimumUserAge?: number
      /** For the flow QR */
      qr?: {
        format: "TEXT/TARGETURL" | "IMAGE/SVG+XML" | "IMAGE/PNG"
        size?: number
      }
    }, {
      reference: string
      redirectUrl: string | null
    }>
    /** Get a payment. How a payment stands; the sums tell what was captured, refunded and cancelled, the state does not. */
    getPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
      paymentMethod: string | null
      captureGuaranteedUntil: string | null
      /** For the profile, where it was asked for */
      subject: string | null
      userDetails: Record<string, unknown> | null
      shippingDetails: Record<string, unknown> | null
      metadata: Record<string, unknown> | null
    }>
    /** Capture a payment. Takes all or part of what the customer approved, once the goods are sent; several times if need be. */
    capturePayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** Refund a payment. Gives back all or part of what was captured, within 365 days. */
    refundPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** Cancel a payment. Ends a payment before its approval, or releases all that is reserved and not captured, for good. */
    cancelPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** Refuse where the customer has approved meanwhile, and release nothing */
      onlyUnauthorized?: boolean
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** List the events of a payment. All that happened to a payment, the oldest first; Vipps gives them in one page. */
    listPaymentEvents: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
    }, {
      events: {
        name: string
        amount: {
          currency: string
          /** In øre or cents */
          value: number
        }
        timestamp: string
        pspReference: string
        idempotencyKey: string | null
        isSuccess: boolean
      }[]
      nextCursor: string | null
    }>
    /** Approve a test payment. Approves a payment in place of its customer; only in the test environment, for users known there. */
    approveTestPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber: string
    }, {
      reference: string
    }>
  }
  /** Vipps Recurring */
  vippsRecurring: {
    /** Test the connection. Says whether the keys are good and the sales unit has recurring payments, without changing anything. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
    }>
    /** Create an agreement. Drafts an agreement that the customer approves in the app within ten minutes: send them to the confirmationUrl. It takes no money by itself: each charge has to be created. */
    createRecurringAgreement: Run<{
      /** A fixed price, one up to a maximum that the customer chooses, or none */
      pricing: {
        type: "LEGACY"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        amount: number | string
        currency?: "NOK" | "DKK" | "EUR"
      } | {
        type: "VARIABLE"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        suggestedMaxAmount: number | string
        currency?: "NOK" | "DKK" | "EUR"
      } | {
        type: "FLEXIBLE"
        currency?: "NOK" | "DKK" | "EUR"
      }
      /** Absent where it is paid by use */
      interval?: {
        unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
        count?: number
      }
      productName: string
      productDescription?: string
      /** Where the customer goes after the answer */
      redirectUrl: string
      /** Your page on which the customer manages this agreement */
      agreementUrl: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber?: string
      externalId?: string
      /** What the customer is asked to share; all or nothing */
      profile?: ("name" | "phoneNumber" | "email" | "address" | "birthDate")[]
      /** Paid with the approval */
      initialCharge?: {
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        amount: number | string
        description: string
        /** RESERVE_CAPTURE for what is sent */
        transactionType: "DIRECT_CAPTURE" | "RESERVE_CAPTURE"
        orderId?: string
      }
      campaign?: {
        type: "PRICE_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        /** In UTC */
        end: string
      } | {
        type: "PERIOD_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        period: {
          unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
          count?: number
        }
      } | {
        type: "EVENT_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        /** In UTC */
        eventDate: string
        /** Ends a sentence: until Christmas */
        eventText: string
      }
    }, {
      agreementId: string
      uuid: string | null
      confirmationUrl: string | null
      /** Of the initial charge */
      chargeId: string | null
    }>
    /** Get an agreement. One agreement, with how it stands now. */
    getAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
    }, {
      agreementId: string
      uuid: string | null
      /** PENDING, ACTIVE, STOPPED or EXPIRED */
      status: string
      productName: string
      productDescription: string | null
      pricing: {
        type: string
        currency: string
        /** In øre or cents, as are all */
        amount: number | null
        suggestedMaxAmount: number | null
        /** What the customer chose */
        maxAmount: number | null
      }
      interval: {
        unit: string
        count: number
      } | null
      merchantAgreementUrl: string | null
      externalId: string | null
      createdAt: string | null
      startedAt: string | null
      stoppedAt: string | null
      /** For the profile, where it was asked for */
      subject: string | null
    }>
    /** List agreements. The agreements in one state, page by page; there is no list of all states together. */
    listAgreements: Run<{
      status?: "PENDING" | "ACTIVE" | "STOPPED" | "EXPIRED"
      createdAfter?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      agreements: {
        agreementId: string
        uuid: string | null
        /** PENDING, ACTIVE, STOPPED or EXPIRED */
        status: string
        productName: string
        productDescription: string | null
        pricing: {
          type: string
          currency: string
          /** In øre or cents, as are all */
          amount: number | null
          suggestedMaxAmount: number | null
          /** What the customer chose */
          maxAmount: number | null
        }
        interval: {
          unit: string
          count: number
        } | null
        merchantAgreementUrl: string | null
        externalId: string | null
        createdAt: string | null
        startedAt: string | null
        stoppedAt: string | null
        /** For the profile, where it was asked for */
        subject: string | null
      }[]
      nextCursor: string | null
    }>
    /** Update an agreement. Changes what is given of an active agreement; its kind of pricing stays. Great changes of price need a new one. */
    updateAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
      productName?: string
      productDescription?: string
      agreementUrl?: string
      externalId?: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount?: number | string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      suggestedMaxAmount?: number | string
      /** null for one that is paid by use */
      interval?: {
        unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
        count?: number
      } | null
    }, {
      agreementId: string
    }>
    /** Stop an agreement. Ends an agreement for good, and with it all charges that are not paid; capture what is reserved before. */
    stopAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
    }, {
      agreementId: string
    }>
    /** Accept a test agreement. Approves an agreement in place of its customer; only in the test environment, for users known there. */
    acceptTestAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber: string
    }, {
      agreementId: string
    }>
    /** Create a charge. Charges an active agreement on a day to come: a day ahead at least, two years at most. */
    createCharge: Run<{
      agreementId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      /** What the customer reads in the app */
      description: string
      /** Tomorrow in Norway, the soonest there is, unless given */
      due?: string
      /** So many days Vipps tries again after the due date */
      retryDays?: number
      /** RESERVE_CAPTURE for what is sent: it has to be captured then */
      transactionType?: "DIRECT_CAPTURE" | "RESERVE_CAPTURE"
      /** UNSCHEDULED is charged at once and never tried again; it has to be ordered */
      type?: "RECURRING" | "UNSCHEDULED"
      /** Becomes the chargeId; unique for the sales unit */
      orderId?: string
      externalId?: string
      processingMode?: "MULTIPLE_ATTEMPTS" | "SINGLE_ATTEMPT"
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Get a charge. One charge, with how it stands now. */
    getCharge: Run<{
      agreementId: string
      chargeId: string
    }, {
      chargeId: string
      agreementId: string | null
      /** May jump ahead: from PENDING to REFUNDED, say */
      status: string
      type: string | null
      transactionType: string | null
      /** In øre or cents, as are all */
      amount: number
      currency: string | null
      captured: number
      refunded: number
      cancelled: number
      description: string | null
      due: string | null
      retryDays: number | null
      externalId: string | null
      transactionId: string | null
      /** Whether the customer, the maximum or something technical is in the way */
      failureReason: string | null
      failureDescription: string | null
    }>
    /** List charges. The charges of an agreement, its initial one included. */
    listCharges: Run<{
      agreementId: string
      status?: "PENDING" | "DUE" | "PROCESSING" | "RESERVED" | "CHARGED" | "PARTIALLY_CAPTURED" | "FAILED" | "CANCELLED" | "PARTIALLY_REFUNDED" | "REFUNDED"
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      charges: {
        chargeId: string
        agreementId: string | null
        /** May jump ahead: from PENDING to REFUNDED, say */
        status: string
        type: string | null
        transactionType: string | null
        /** In øre or cents, as are all */
        amount: number
        currency: string | null
        captured: number
        refunded: number
        cancelled: number
        description: string | null
        due: string | null
        retryDays: number | null
        externalId: string | null
        transactionId: string | null
        /** Whether the customer, the maximum or something technical is in the way */
        failureReason: string | null
        failureDescription: string | null
      }[]
      nextCursor: string | null
    }>
    /** Capture a charge. Takes all or part of what a charge has reserved. */
    captureCharge: Run<{
      agreementId: string
      chargeId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      description: string
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Refund a charge. Gives back all or part of what a charge took, within 365 days. */
    refundCharge: Run<{
      agreementId: string
      chargeId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      description: string
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Cancel a charge. Ends a charge before it is paid, or releases what is reserved and not captured. */
    cancelCharge: Run<{
      agreementId: string
      chargeId: string
    }, {
      agreementId: string
      chargeId: string
    }>
  }
  /** Vipps Webhooks */
  vippsWebhooks: {
    /** Test the connection. Says whether the keys are good, by listing what is registered. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
      webhooks: number
    }>
    /** Register a webhook. Has events sent to a public https address, at most 25 for each event. The secret is shown this once: who loses it registers anew. */
    registerWebhook: Run<{
      url: string
      events: ("epayments.payment.created.v1" | "epayments.payment.authorized.v1" | "epayments.payment.aborted.v1" | "epayments.payment.expired.v1" | "epayments.payment.terminated.v1" | "epayments.payment.captured.v1" | "epayments.payment.cancelled.v1" | "epayments.payment.refunded.v1" | "recurring.agreement-activated.v1" | "recurring.agreement-rejected.v1" | "recurring.agreement-stopped.v1" | "recurring.agreement-expired.v1" | "recurring.charge-reserved.v1" | "recurring.charge-captured.v1" | "recurring.charge-canceled.v1" | "recurring.charge-refunded.v1" | "recurring.charge-failed.v1" | "recurring.charge-creation-failed.v1" | "login.merchant-initiated.ping.v1" | "user.checked-in.v1")[]
    }, {
      id: string
      secret: string
    }>
    /** List webhooks. All that is registered for the sales unit, in one page; one that did not answer for two weeks is gone. */
    listWebhooks: Run<Record<string, never>, {
      webhooks: {
        id: string
        url: string
        events: string[]
      }[]
      nextCursor: string | null
    }>
    /** Delete a webhook. Ends a registration; to change one, register the new one first and delete the old one then. */
    deleteWebhook: Run<{
      id: string
    }, {
      id: string
    }>
  }
  /** Asana */
  asana: {
    /** Test the connection. Says who the connection acts as, and in which workspaces. */
    testConnection: Run<Record<string, never>, {
      userId: string
      name: string | null
      email: string | null
      workspaces: {
        id: string
        name: string | null
      }[]
    }>
    /** List workspaces. The workspaces and organizations that the person is in. */
    getWorkspaces: Run<{
      limit?: number
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      workspaces: {
        id: string
        name: string | null
        isOrganization: boolean
      }[]
      nextCursor: string | null
    }>
    /** List people. The people of a workspace, to assign tasks to. */
    listUsers: Run<{
      workspaceId: string
      limit?: number
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      users: {
        id: string
        name: string | null
        email: string | null
      }[]
      nextCursor: string | null
    }>
    /** List projects. The projects of a workspace that the person can see. */
    listProjects: Run<{
      workspaceId: string
      /** Only those, or only the others; both when absent */
      archived?: boolean
      limit?: number
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      projects: {
        id: string
        name: string | null
        isArchived: boolean
        url: string | null
        modifiedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** List tasks. The tasks of a project, of a section, or of a person in a workspace. */
    listTasks: Run<{
      projectId?: string
      sectionId?: string
      assigneeId?: string | "me"
      /** With assigneeId */
      workspaceId?: string
      /** Open ones, and those completed since; now: open ones */
      completedSince?: string | "now"
      modifiedSince?: string
      limit?: number
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      tasks: {
        id: string
        name: string
        notes: string | null
        isCompleted: boolean
        completedAt: string | null
        dueOn: string | null
        dueAt: string | null
        assignee: {
          id: string
          name: string | null
        } | null
        projects: {
          id: string
          name: string | null
        }[]
        parent: {
          id: string
          name: string | null
        } | null
        url: string | null
        createdAt: string | null
        modifiedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Get a task. One task with its assignee, dates and projects. */
    getTask: Run<{
      id: string
    }, {
      id: string
      name: string
      notes: string | null
      isCompleted: boolean
      completedAt: string | null
      dueOn: string | null
      dueAt: string | null
      assignee: {
        id: string
        name: string | null
      } | null
      projects: {
        id: string
        name: string | null
      }[]
      parent: {
        id: string
        name: string | null
      } | null
      url: string | null
      createdAt: string | null
      modifiedAt: string | null
    }>
    /** Create a task. Makes a task in a workspace, in projects, or below another task. After a lost answer it may be there twice. */
    createTask: Run<{
      name: string
      notes?: string
      workspaceId?: string
      projectIds?: string[]
      parentId?: string
      assigneeId?: string | "me"
      dueOn?: string
      /** In place of dueOn */
      dueAt?: string
    }, {
      id: string
      name: string
      notes: string | null
      isCompleted: boolean
      completedAt: string | null
      dueOn: string | null
      dueAt: string | null
      assignee: {
        id: string
        name: string | null
      } | null
      projects: {
        id: string
        name: string | null
      }[]
      parent: {
        id: string
        name: string | null
      } | null
      url: string | null
      createdAt: string | null
      modifiedAt: string | null
    }>
    /** Change a task. Sets what is given and leaves the rest; null clears. */
    updateTask: Run<{
      id: string
      name?: string
      notes?: string
      isCompleted?: boolean
      assigneeId?: string | "me" | null
      dueOn?: string | null
      /** In place of dueOn */
      dueAt?: string | null
    }, {
      id: string
      name: string
      notes: string | null
      isCompleted: boolean
      completedAt: string | null
      dueOn: string | null
      dueAt: string | null
      assignee: {
        id: string
        name: string | null
      } | null
      projects: {
        id: string
        name: string | null
      }[]
      parent: {
        id: string
        name: string | null
      } | null
      url: string | null
      createdAt: string | null
      modifiedAt: string | null
    }>
    /** Delete a task. Moves a task to the bin of whoever deletes it, from which it can be restored for 30 days. */
    deleteTask: Run<{
      id: string
    }, {
      id: string
    }>
    /** Add a comment. Writes a comment on a task. After a lost answer it may be there twice. */
    addComment: Run<{
      taskId: string
      text: string
      /** Shown at the top of the task */
      isPinned?: boolean
    }, {
      id: string
      text: string
      createdAt: string
      createdBy: {
        id: string
        name: string | null
      } | null
    }>
    /** List events. What happened to a project or a task since the sync token. Without one, or with one that is too old, nothing is told but a fresh token: read the resource anew then, and go on from there. */
    listEvents: Run<{
      /** Of a task, a project or a goal */
      resourceId: string
      /** That of the answer before; good for a day at most */
      sync?: string
    }, {
      events: {
        action: string
        resource: {
          id: string
          type: string
          subtype: string | null
        }
        parent: {
          id: string
          type: string
        } | null
        userId: string | null
        /** Which changed */
        field: string | null
        createdAt: string
      }[]
      /** For the next call; always the newest */
      sync: string
      hasMore: boolean
      /** Events may be missing: read the resource anew */
      isReset: boolean
    }>
    /** List webhooks. The webhooks that this app made in a workspace. */
    listWebhooks: Run<{
      workspaceId: string
      resourceId?: string
      limit?: number
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      webhooks: {
        id: string
        isActive: boolean
        resource: {
          id: string
          name: string | null
        } | null
        target: string
      }[]
      nextCursor: string | null
    }>
    /** Create a webhook. Has changes of a resource told to an address. Asana brings it a secret while it makes the webhook; an endpoint of ours must have been opened without one. */
    createWebhook: Run<{
      /** Of a task or a project; of a workspace or a team only with filters */
      resourceId: string
      target: string
      /** One of them must hold; everything when absent */
      filters?: {
        /** task, story, project */
        resourceType?: string
        resourceSubtype?: string
        action?: "added" | "changed" | "removed" | "deleted" | "undeleted"
        /** Of changes; not for whole workspaces */
        fields?: string[]
      }[]
    }, {
      id: string
      isActive: boolean
      resource: {
        id: string
        name: string | null
      } | null
      target: string
    }>
    /** Delete a webhook. Ends the telling; what is on its way may still come. */
    deleteWebhook: Run<{
      id: string
    }, {
      id: string
    }>
  }
  /** HubSpot */
  hubspot: {
    /** Test the connection. Says which account the connection belongs to. */
    testConnection: Run<Record<string, never>, {
      portalId: string
      accountType: string | null
      timeZone: string | null
      currency: string | null
      uiDomain: string | null
    }>
    /** List contacts. All contacts, page by page; to find some of them, use the search. */
    listContacts: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Those to be told; a few usual ones when absent */
      properties?: string[]
      /** The archived ones instead */
      archived?: boolean
    }, {
      records: {
        id: string
        properties: Record<string, string | null>
        createdAt: string
        updatedAt: string
        isArchived: boolean
      }[]
      nextCursor: string | null
    }>
    /** Get a contact. One of the contacts, by its id or by a unique property. */
    getContact: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      properties?: string[]
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Create a contact. Makes a record of these properties. HubSpot refuses one whose unique property is taken. */
    createContact: Run<{
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Change a contact. Sets the given properties and leaves the others. */
    updateContact: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Archive a contact. Moves the record to the bin, from which it can be restored for 90 days. */
    archiveContact: Run<{
      id: string
    }, {
      id: string
    }>
    /** List companies. All companies, page by page; to find some of them, use the search. */
    listCompanies: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Those to be told; a few usual ones when absent */
      properties?: string[]
      /** The archived ones instead */
      archived?: boolean
    }, {
      records: {
        id: string
        properties: Record<string, string | null>
        createdAt: string
        updatedAt: string
        isArchived: boolean
      }[]
      nextCursor: string | null
    }>
    /** Get a company. One of the companies, by its id or by a unique property. */
    getCompany: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      properties?: string[]
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Create a company. Makes a record of these properties. HubSpot refuses one whose unique property is taken. */
    createCompany: Run<{
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Change a company. Sets the given properties and leaves the others. */
    updateCompany: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Archive a company. Moves the record to the bin, from which it can be restored for 90 days. */
    archiveCompany: Run<{
      id: string
    }, {
      id: string
    }>
    /** List deals. All deals, page by page; to find some of them, use the search. */
    listDeals: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Those to be told; a few usual ones when absent */
      properties?: string[]
      /** The archived ones instead */
      archived?: boolean
    }, {
      records: {
        id: string
        properties: Record<string, string | null>
        createdAt: string
        updatedAt: string
        isArchived: boolean
      }[]
      nextCursor: string | null
    }>
    /** Get a deal. One of the deals, by its id or by a unique property. */
    getDeal: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      properties?: string[]
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Create a deal. Makes a record of these properties. HubSpot refuses one whose unique property is taken. */
    createDeal: Run<{
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Change a deal. Sets the given properties and leaves the others. */
    updateDeal: Run<{
      id: string
      /** A unique property that the id is of, such as email */
      idProperty?: string
      /** By internal name; every value is a text, and an empty one clears it */
      properties: Record<string, string>
    }, {
      id: string
      properties: Record<string, string | null>
      createdAt: string
      updatedAt: string
      isArchived: boolean
    }>
    /** Archive a deal. Moves the record to the bin, from which it can be restored for 90 days. */
    archiveDeal: Run<{
      id: string
    }, {
      id: string
    }>
    /** Search records. Finds records by their properties, at most 10,000 of them; changes take some seconds to be found. Sort by what changes and go on from the last value to see more. */
    searchRecords: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      objectType: string
      /** One of the groups must hold, and of a group every filter; at most 18 filters */
      filterGroups?: {
        filters: {
          propertyName: string
          operator: "EQ" | "NEQ" | "LT" | "LTE" | "GT" | "GTE" | "BETWEEN" | "IN" | "NOT_IN" | "HAS_PROPERTY" | "NOT_HAS_PROPERTY" | "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN"
          value?: string
          /** The upper end, of BETWEEN */
          highValue?: string
          /** Of IN and NOT_IN; of texts in lower case */
          values?: string[]
        }[]
      }[]
      /** Looked for in the usual text properties */
      query?: string
      sort?: {
        propertyName: string
        direction: "ASCENDING" | "DESCENDING"
      }
      properties?: string[]
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      /** How many there are, also beyond the 10,000 */
      total: number
      records: {
        id: string
        properties: Record<string, string | null>
        createdAt: string
        updatedAt: string
        isArchived: boolean
      }[]
      /** Null at the end, and where HubSpot gives no more */
      nextCursor: string | null
      /** There are more than the 10,000 that can be had */
      isCutOff: boolean
    }>
    /** Create or change records. Creates up to 100 records or changes those that have the same value of a unique property. Some may fail while others are written. */
    batchUpsert: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      objectType: string
      /** A unique property: email for contacts */
      idProperty: string
      records: {
        /** The value of that property */
        id: string
        /** By internal name; every value is a text, and an empty one clears it */
        properties: Record<string, string>
      }[]
    }, {
      records: {
        id: string
        properties: Record<string, string | null>
        createdAt: string
        updatedAt: string
        isArchived: boolean
        isNew: boolean
        index: number | null
      }[]
      errors: {
        /** Which of the given records, from 0; null where HubSpot does not say */
        index: number | null
        category: string | null
        message: string
      }[]
    }>
    /** List associations. The records of one kind that a record is tied to, and how. */
    listAssociations: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      fromType: string
      fromId: string
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      toType: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      associations: {
        toId: string
        types: {
          category: string
          typeId: number
          label: string | null
        }[]
      }[]
      nextCursor: string | null
    }>
    /** Create an association. Ties two records by the usual kind of tie between them; one that is there already stays. */
    createAssociation: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      fromType: string
      fromId: string
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      toType: string
      toId: string
    }, {
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      fromType: string
      fromId: string
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      toType: string
      toId: string
    }>
    /** Delete an association. Unties two records from one another, whatever the kinds of ties; the records stay. */
    deleteAssociation: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      fromType: string
      fromId: string
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      toType: string
      toId: string
    }, {
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      fromType: string
      fromId: string
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      toType: string
      toId: string
    }>
    /** List owners. The people whom records can be assigned to. */
    listOwners: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      email?: string
    }, {
      owners: {
        id: string
        email: string | null
        firstName: string | null
        lastName: string | null
        userId: number | null
      }[]
      nextCursor: string | null
    }>
    /** List properties. Which properties records of a kind have, and what may be put into them. */
    listProperties: Run<{
      /** contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234 */
      objectType: string
    }, {
      properties: {
        name: string
        label: string
        type: string
        fieldType: string
        isUnique: boolean
        options: {
          value: string
          label: string
        }[]
      }[]
    }>
    /** Get webhook settings. Where the events of an app are sent, for all accounts that installed it. */
    getWebhookSettings: Run<{
      /** The number of the app, as its page in HubSpot shows it */
      appId: number
    }, {
      targetUrl: string
      maxConcurrentRequests: number
      updatedAt: string | null
    }>
    /** Set webhook settings. Sends the events of an app, of all accounts that installed it, to this address. */
    setWebhookSettings: Run<{
      /** The number of the app, as its page in HubSpot shows it */
      appId: number
      targetUrl: string
      maxConcurrentRequests?: number
    }, {
      targetUrl: string
      maxConcurrentRequests: number
      updatedAt: string | null
    }>
    /** List webhook subscriptions. Which events of an app are sent. */
    listWebhookSubscriptions: Run<{
      /** The number of the app, as its page in HubSpot shows it */
      appId: number
    }, {
      subscriptions: {
        id: string
        eventType: string
        propertyName: string | null
        isActive: boolean
      }[]
    }>
    /** Create a webhook subscription. Lets one more kind of event be sent; of property changes, those of one property. */
    createWebhookSubscription: Run<{
      /** The number of the app, as its page in HubSpot shows it */
      appId: number
      eventType: string
      /** Needed for propertyChange */
      propertyName?: string
      active?: boolean
    }, {
      id: string
      eventType: string
      propertyName: string | null
      isActive: boolean
    }>
    /** Delete a webhook subscription. Ends the sending of one kind of event. */
    deleteWebhookSubscription: Run<{
      /** The number of the app, as its page in HubSpot shows it */
      appId: number
      subscriptionId: string
    }, {
      id: string
    }>
  }
  /** Salesforce */
  salesforce: {
    /** Test the connection. Reads the list of resources of the API, and how much of the daily limit is used. */
    testConnection: Run<Record<string, never>, {
      version: string
      resources: string[]
      /** Calls of the org in the last 24 hours, as the answer says */
      apiUsage: {
        used: number
        max: number
      } | null
    }>
    /** Get limits. What the org may use, and what is left of it; the person needs "View Setup and Configuration". */
    getLimits: Run<Record<string, never>, {
      limits: Record<string, {
        max: number
        remaining: number
      }>
    }>
    /** List objects. Which objects the org has, as far as the person may see them. */
    listObjects: Run<Record<string, never>, {
      objects: {
        name: string
        label: string
        isCustom: boolean
        isQueryable: boolean
      }[]
    }>
    /** Describe an object. The fields of an object: their types, and what may be put into them. */
    describeObject: Run<{
      /** The API name: Account, My_Object__c */
      object: string
    }, {
      name: string
      label: string
      keyPrefix: string | null
      fields: {
        name: string
        label: string
        type: string
        length: number | null
        /** To create a record */
        isRequired: boolean
        isCreateable: boolean
        isUpdateable: boolean
        isUnique: boolean
        isExternalId: boolean
        referenceTo: string[]
        /** Of a picklist, the active ones */
        values: string[]
      }[]
    }>
    /** Query records. Runs SOQL, up to 2,000 records a page. For more than some thousands, read in bulk. */
    query: Run<{
      /** For the first page */
      soql?: string
      /** Also what is archived or in the recycle bin */
      includeDeleted?: boolean
      /** Of a page; a hint, which Salesforce may not follow */
      limit?: number
      /** The nextCursor of the page before, in place of the SOQL; good for two days */
      cursor?: string
    }, {
      totalSize: number
      records: Record<string, unknown>[]
      nextCursor: string | null
    }>
    /** Get a record. One record of any object, with the fields asked for or all that can be seen. */
    getRecord: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      id: string
      fields?: string[]
    }, {
      record: Record<string, unknown>
    }>
    /** Create a record. Makes a record of any object. After a lost answer it may be there twice; an upsert may not. */
    createRecord: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      /** By the API names of the fields */
      values: Record<string, unknown>
    }, {
      id: string
    }>
    /** Change a record. Sets the given fields and leaves the others; null clears one. */
    updateRecord: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      id: string
      /** By the API names of the fields */
      values: Record<string, unknown>
    }, {
      id: string
    }>
    /** Create or change a record. Changes the record whose external id has this value, or creates it. Refused when several have it. */
    upsertRecord: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      /** A field marked as external id, such as External_Id__c */
      externalIdField: string
      externalId: string
      /** By the API names of the fields */
      values: Record<string, unknown>
    }, {
      /** Null where Salesforce answers a change without it */
      id: string | null
      isNew: boolean
    }>
    /** Create or change records. The same for up to 200 records of one object; each may fail by itself, unless it is all or none. */
    upsertRecords: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      /** A field marked as external id, such as External_Id__c */
      externalIdField: string
      /** Each with its external id */
      records: Record<string, unknown>[]
      allOrNone?: boolean
    }, {
      results: {
        id: string | null
        isNew: boolean
        success: boolean
        errors: {
          code: string
          message: string
          fields: string[]
        }[]
      }[]
    }>
    /** Delete a record. Moves the record to the recycle bin. */
    deleteRecord: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      id: string
    }, {
      id: string
    }>
    /** List changed records. The ids of what was created or changed in a span of the last 30 days; go on from latestDateCovered. */
    listUpdated: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      /** A day ago when absent */
      start?: string
      /** Now when absent; at least a minute after the start */
      end?: string
    }, {
      ids: string[]
      latestDateCovered: string
    }>
    /** List deleted records. What was deleted in a span of the last 15 days. Where earliestDateAvailable is after the start, some are no longer known: read all anew. */
    listDeleted: Run<{
      /** The API name: Account, My_Object__c */
      object: string
      /** A day ago when absent */
      start?: string
      /** Now when absent; at least a minute after the start */
      end?: string
    }, {
      deleted: {
        id: string
        deletedAt: string
      }[]
      earliestDateAvailable: string
      latestDateCovered: string
    }>
    /** Read in bulk. Starts a query job, waits until it is done, and gives the first rows. A job that takes longer than the call may is gone on with by its id. */
    bulkQuery: Run<{
      soql: string
      includeDeleted?: boolean
      limit?: number
    }, {
      jobId: string
      /** Every value is a text; an empty one is no value */
      rows: Record<string, string>[]
      nextCursor: string | null
    }>
    /** Create a query job. Starts a bulk read and does not wait for it. */
    createQueryJob: Run<{
      soql: string
      includeDeleted?: boolean
    }, {
      id: string
      state: "UploadComplete" | "InProgress" | "Aborted" | "JobComplete" | "Failed"
      recordsProcessed: number | null
      errorMessage: string | null
    }>
    /** Get a query job. How far a bulk read is. */
    getQueryJob: Run<{
      jobId: string
    }, {
      id: string
      state: "UploadComplete" | "InProgress" | "Aborted" | "JobComplete" | "Failed"
      recordsProcessed: number | null
      errorMessage: string | null
    }>
    /** Get rows of a query job. What a finished bulk read found, page by page. */
    getQueryJobRows: Run<{
      jobId: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      /** Every value is a text; an empty one is no value */
      rows: Record<string, string>[]
      nextCursor: string | null
    }>
    /** Delete a query job. Deletes a finished bulk read and what it found; Salesforce does so by itself after seven days. */
    deleteQueryJob: Run<{
      jobId: string
    }, {
      jobId: string
    }>
  }
  /** PayPal */
  paypal: {
    /** Test the connection. Says whether client id and secret work, and how many webhooks the app has. */
    testConnection: Run<Record<string, never>, {
      webhooks: number
    }>
    /** Create an order. Begins a payment; the payer then consents at approveUrl, for which there are three hours. */
    createOrder: Run<{
      intent?: "CAPTURE" | "AUTHORIZE"
      currency?: string
      /** All in all; left out when there are items */
      amount?: string
      items?: {
        name: string
        quantity?: number
        /** Decimal text, such as 199.50 or 199,50 */
        unitAmount: string
        /** For one piece */
        tax?: string
        sku?: string
        category?: "DIGITAL_GOODS" | "PHYSICAL_GOODS" | "DONATION"
      }[]
      /** What is added to the items for it */
      shipping?: string
      description?: string
      /** Your own number; PayPal refuses to see it twice */
      invoiceId?: string
      /** Comes back in webhooks */
      customId?: string
      softDescriptor?: string
      returnUrl?: string
      cancelUrl?: string
      brandName?: string
      /** Such as nb-NO */
      locale?: string
      shippingPreference?: "GET_FROM_FILE" | "NO_SHIPPING" | "SET_PROVIDED_ADDRESS"
      /** The payer pays at PayPal, and does not come back to confirm */
      payNow?: boolean
    }, {
      id: string
      /** CREATED, SAVED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED or VOIDED */
      status: string
      intent: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      /** Where the payer consents; send the browser there */
      approveUrl: string | null
      payerId: string | null
      payerEmail: string | null
      /** Each has a status of its own: a completed order may hold a declined capture */
      captures: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      authorizations: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      createdAt: string | null
      links: {
        rel: string
        href: string
        method: string | null
      }[]
    }>
    /** Get an order. How far an order has come. */
    getOrder: Run<{
      id: string
    }, {
      id: string
      /** CREATED, SAVED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED or VOIDED */
      status: string
      intent: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      /** Where the payer consents; send the browser there */
      approveUrl: string | null
      payerId: string | null
      payerEmail: string | null
      /** Each has a status of its own: a completed order may hold a declined capture */
      captures: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      authorizations: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      createdAt: string | null
      links: {
        rel: string
        href: string
        method: string | null
      }[]
    }>
    /** Capture an order. Takes the money of an order that the payer has approved. */
    captureOrder: Run<{
      id: string
    }, {
      id: string
      /** CREATED, SAVED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED or VOIDED */
      status: string
      intent: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      /** Where the payer consents; send the browser there */
      approveUrl: string | null
      payerId: string | null
      payerEmail: string | null
      /** Each has a status of its own: a completed order may hold a declined capture */
      captures: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      authorizations: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      createdAt: string | null
      links: {
        rel: string
        href: string
        method: string | null
      }[]
    }>
    /** Authorize an order. Reserves the money of an approved order with the intent AUTHORIZE; it is captured later. */
    authorizeOrder: Run<{
      id: string
    }, {
      id: string
      /** CREATED, SAVED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED or VOIDED */
      status: string
      intent: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      /** Where the payer consents; send the browser there */
      approveUrl: string | null
      payerId: string | null
      payerEmail: string | null
      /** Each has a status of its own: a completed order may hold a declined capture */
      captures: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      authorizations: {
        id: string
        status: string
        statusReason: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        invoiceId: string | null
        customId: string | null
        createdAt: string | null
      }[]
      createdAt: string | null
      links: {
        rel: string
        href: string
        method: string | null
      }[]
    }>
    /** Get a capture. A payment that was taken: COMPLETED, DECLINED, PARTIALLY_REFUNDED, PENDING, REFUNDED or FAILED. */
    getCapture: Run<{
      id: string
    }, {
      id: string
      status: string
      statusReason: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      invoiceId: string | null
      customId: string | null
      createdAt: string | null
    }>
    /** Refund a capture. Gives a payment back, or a part of it. */
    refundCapture: Run<{
      id: string
      /** Without it all that is left */
      amount?: string
      currency?: string
      invoiceId?: string
      customId?: string
      noteToPayer?: string
    }, {
      id: string
      status: string
      statusReason: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      invoiceId: string | null
      customId: string | null
      createdAt: string | null
    }>
    /** Get a refund. What became of a refund: CANCELLED, FAILED, PENDING or COMPLETED. */
    getRefund: Run<{
      id: string
    }, {
      id: string
      status: string
      statusReason: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      invoiceId: string | null
      customId: string | null
      createdAt: string | null
    }>
    /** Capture an authorization. Takes money that was reserved, or a part of it; finalCapture releases the rest. */
    captureAuthorization: Run<{
      id: string
      /** Without it all that is left */
      amount?: string
      currency?: string
      invoiceId?: string
      finalCapture?: boolean
      noteToPayer?: string
    }, {
      id: string
      status: string
      statusReason: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      invoiceId: string | null
      customId: string | null
      createdAt: string | null
    }>
    /** Void an authorization. Releases money that was reserved and not taken. */
    voidAuthorization: Run<{
      id: string
    }, {
      id: string
      status: string
      statusReason: string | null
      amount: {
        currency: string
        /** Decimal text */
        value: string
      } | null
      invoiceId: string | null
      customId: string | null
      createdAt: string | null
    } | null>
    /** Create an invoice. Makes a draft. PayPal heeds no idempotency key here; give an invoice number, which it does not take twice. */
    createInvoice: Run<{
      invoiceNumber?: string
      currency?: string
      recipient: {
        email: string
        givenName?: string
        surname?: string
        businessName?: string
      }
      items: {
        name: string
        quantity?: number
        /** Decimal text, such as 199.50 or 199,50 */
        unitAmount: string
        taxName?: string
        taxPercent?: string
      }[]
      dueDate?: string
      note?: string
      reference?: string
    }, {
      id: string
      url: string | null
    }>
    /** Send an invoice. Sends a draft to its recipient by e-mail. */
    sendInvoice: Run<{
      id: string
      subject?: string
      note?: string
      /** Without it the invoice can be paid, and nobody is told */
      sendToRecipient?: boolean
    }, {
      url: string | null
    }>
    /** List invoices. The invoices of the account, page by page. */
    listInvoices: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      invoices: {
        id: string
        number: string | null
        /** DRAFT, SENT, PAID, CANCELLED and others */
        status: string | null
        amount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        dueAmount: {
          currency: string
          /** Decimal text */
          value: string
        } | null
        recipientEmail: string | null
        /** Where the recipient sees and pays it */
        viewUrl: string | null
        invoiceDate: string | null
      }[]
      nextCursor: string | null
    }>
    /** Register a webhook. Has events sent to an address; its id is then the secret of the inbound endpoint. At most ten per app. */
    createWebhook: Run<{
      /** Of an inbound endpoint, with https on port 443 */
      url: string
      /** * for all */
      eventTypes?: string[]
    }, {
      /** The secret of an inbound endpoint: it is part of what PayPal signs */
      id: string
      url: string
      eventTypes: string[]
    }>
    /** List webhooks. The addresses that the app sends events to. */
    listWebhooks: Run<Record<string, never>, {
      webhooks: {
        /** The secret of an inbound endpoint: it is part of what PayPal signs */
        id: string
        url: string
        eventTypes: string[]
      }[]
    }>
    /** Change a webhook. Gives a webhook another address or other events. */
    updateWebhook: Run<{
      id: string
      url?: string
      eventTypes?: string[]
    }, {
      /** The secret of an inbound endpoint: it is part of what PayPal signs */
      id: string
      url: string
      eventTypes: string[]
    }>
    /** Delete a webhook. Ends the sending of events to an address. */
    deleteWebhook: Run<{
      id: string
    }, {
      deleted: true
    }>
    /** List events. Events of the last days, whether or not they arrived: for finding what was missed. */
    listWebhookEvents: Run<{
      from?: string
      until?: string
      eventType?: string
      transactionId?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      events: {
        id: string
        eventType: string
        resourceType: string | null
        summary: string | null
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Send an event again. Has an event delivered once more, to all webhooks or to those named. */
    resendWebhookEvent: Run<{
      id: string
      webhookIds?: string[]
    }, {
      id: string
      eventType: string
    }>
  }
  /** SendGrid */
  sendgrid: {
    /** Test the connection. Says what the key may do. */
    testConnection: Run<Record<string, never>, {
      scopes: string[]
      maySend: boolean
    }>
    /** Send an e-mail. Hands an e-mail over. SendGrid knows no idempotency: after a lost answer it may have been sent. */
    sendEmail: Run<{
      from: {
        email: string
        name?: string
      }
      to: {
        email: string
        name?: string
      }[]
      cc?: {
        email: string
        name?: string
      }[]
      bcc?: {
        email: string
        name?: string
      }[]
      replyTo?: {
        email: string
        name?: string
      }
      subject?: string
      text?: string
      html?: string
      /** A dynamic one begins with d- */
      templateId?: string
      templateData?: Record<string, unknown>
      /** Each recipient gets one of their own and sees nobody else */
      separately?: boolean
      attachments?: {
        filename: string
        content: string
        contentType?: string
        /** With it the file is shown in the text, as cid:… */
        contentId?: string
      }[]
      categories?: string[]
      /** Come back with each event */
      customArgs?: Record<string, string>
      headers?: Record<string, string>
      /** At most 72 hours ahead */
      sendAt?: string
      batchId?: string
      unsubscribeGroupId?: number
      trackClicks?: boolean
      trackOpens?: boolean
      /** Is checked and not sent */
      test?: boolean
    }, {
      /** What sg_message_id of its events begins with */
      messageId: string | null
      /** False for a test, which is not sent */
      accepted: boolean
    }>
    /** List templates. The templates of the account, page by page. */
    listTemplates: Run<{
      generation?: "dynamic" | "legacy"
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      templates: {
        id: string
        name: string
        updatedAt: string | null
        activeVersionId: string | null
        subject: string | null
      }[]
      nextCursor: string | null
    }>
    /** List suppressions. Addresses that SendGrid no longer writes to, and why. */
    listSuppressions: Run<{
      list: "bounces" | "blocks" | "invalidEmails" | "spamReports" | "unsubscribes"
      from?: string
      until?: string
      limit?: number
      cursor?: string
    }, {
      suppressions: {
        email: string
        createdAt: string
        reason: string | null
        status: string | null
      }[]
      nextCursor: string | null
    }>
    /** Delete a suppression. Has SendGrid write to an address again. */
    deleteSuppression: Run<{
      list: "bounces" | "blocks" | "invalidEmails" | "spamReports" | "unsubscribes"
      email: string
    }, {
      deleted: true
    }>
    /** Get statistics. How many e-mails were sent, delivered, opened and refused, by day, week or month. */
    getStats: Run<{
      from: string
      until?: string
      by?: "day" | "week" | "month"
    }, {
      periods: {
        date: string
        metrics: Record<string, number>
      }[]
    }>
    /** List event webhooks. The addresses that SendGrid tells what became of e-mails. */
    listEventWebhooks: Run<Record<string, never>, {
      webhooks: {
        id: string
        name: string | null
        url: string
        enabled: boolean
        events: string[]
        /** The secret of an inbound endpoint; null while nothing is signed */
        publicKey: string | null
      }[]
    }>
    /** Get an event webhook. Where the events of one webhook go, and which. */
    getEventWebhook: Run<{
      id: string
    }, {
      id: string
      name: string | null
      url: string
      enabled: boolean
      events: string[]
      /** The secret of an inbound endpoint; null while nothing is signed */
      publicKey: string | null
    }>
    /** Register an event webhook. Has events sent to an address, signed; publicKey is then the secret of the inbound endpoint. */
    createEventWebhook: Run<{
      url: string
      name?: string
      events?: ("processed" | "delivered" | "deferred" | "bounce" | "dropped" | "open" | "click" | "spamreport" | "unsubscribe" | "group_unsubscribe" | "group_resubscribe")[]
    }, {
      id: string
      name: string | null
      url: string
      enabled: boolean
      events: string[]
      /** The secret of an inbound endpoint; null while nothing is signed */
      publicKey: string | null
    }>
    /** Change an event webhook. Gives an event webhook another address or other events, or switches it on or off. */
    updateEventWebhook: Run<{
      id: string
      url?: string
      enabled?: boolean
      events?: ("processed" | "delivered" | "deferred" | "bounce" | "dropped" | "open" | "click" | "spamreport" | "unsubscribe" | "group_unsubscribe" | "group_resubscribe")[]
    }, {
      id: string
      name: string | null
      url: string
      enabled: boolean
      events: string[]
      /** The secret of an inbound endpoint; null while nothing is signed */
      publicKey: string | null
    }>
    /** Delete an event webhook. Ends the sending of events to an address. */
    deleteEventWebhook: Run<{
      id: string
    }, {
      deleted: true
    }>
    /** Get the key of an event webhook. The public key that its events are checked with: the secret of the inbound endpoint. */
    getEventWebhookKey: Run<{
      id: string
    }, {
      /** Null while nothing is signed */
      publicKey: string | null
    }>
  }
  /** Twilio */
  twilio: {
    /** Test the connection. Says whether the key works; a standard key does not tell the name of the account. */
    testConnection: Run<Record<string, never>, {
      accountId: string
      name: string | null
      /** active, suspended or closed */
      status: string | null
    }>
    /** Send a message. Sends a text message or, with whatsapp: before the number, one by WhatsApp. */
    sendMessage: Run<{
      /** In international form (E.164), such as +4791234567; whatsapp:+4791234567 for WhatsApp */
      to: string
      /** A number of the account, a short code, or a name of at most 11 signs */
      from?: string
      messagingServiceId?: string
      body?: string
      mediaUrls?: string[]
      /** A template of yours */
      contentId?: string
      contentVariables?: Record<string, string>
      /** The URL of an inbound endpoint, to hear of the delivery */
      statusCallback?: string
      validitySeconds?: number
      /** Only with a messaging service */
      sendAt?: string
      /** Replaces typographic characters that would make it dearer */
      smartEncoded?: boolean
    }, {
      /** SM… or MM… */
      id: string
      /** accepted, scheduled, queued, sending, sent, delivered, undelivered, failed, canceled, received, read and others */
      status: string
      to: string | null
      from: string | null
      body: string | null
      direction: string | null
      segments: number | null
      /** Decimal text; negative, and there once it is known */
      price: string | null
      priceUnit: string | null
      errorCode: string | null
      errorMessage: string | null
      createdAt: string | null
      sentAt: string | null
    }>
    /** Get a message. How far a message has come. */
    getMessage: Run<{
      id: string
    }, {
      /** SM… or MM… */
      id: string
      /** accepted, scheduled, queued, sending, sent, delivered, undelivered, failed, canceled, received, read and others */
      status: string
      to: string | null
      from: string | null
      body: string | null
      direction: string | null
      segments: number | null
      /** Decimal text; negative, and there once it is known */
      price: string | null
      priceUnit: string | null
      errorCode: string | null
      errorMessage: string | null
      createdAt: string | null
      sentAt: string | null
    }>
    /** List messages. Messages sent and received, the newest first. */
    listMessages: Run<{
      /** In international form (E.164), such as +4791234567; whatsapp:+4791234567 for WhatsApp */
      to?: string
      /** A number of the account, a short code, or a name of at most 11 signs */
      from?: string
      /** A day (UTC) */
      sentFrom?: string
      /** A day (UTC) */
      sentUntil?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      messages: {
        /** SM… or MM… */
        id: string
        /** accepted, scheduled, queued, sending, sent, delivered, undelivered, failed, canceled, received, read and others */
        status: string
        to: string | null
        from: string | null
        body: string | null
        direction: string | null
        segments: number | null
        /** Decimal text; negative, and there once it is known */
        price: string | null
        priceUnit: string | null
        errorCode: string | null
        errorMessage: string | null
        createdAt: string | null
        sentAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Make a call. Calls a number and carries out TwiML: given here, or fetched from an address. */
    makeCall: Run<{
      /** In international form (E.164), or sip:… */
      to: string
      /** A number of the account */
      from: string
      twiml?: string
      /** Where TwiML is fetched */
      url?: string
      /** The URL of an inbound endpoint, to hear how it went */
      statusCallback?: string
      statusCallbackEvents?: ("initiated" | "ringing" | "answered" | "completed")[]
      /** For so long it rings */
      timeoutSeconds?: number
      record?: boolean
    }, {
      /** CA… */
      id: string
      status: string
      to: string
      from: string
      createdAt: string | null
    }>
    /** Look a number up. Says whether a phone number can exist; what kind of line it is costs extra. */
    lookupPhoneNumber: Run<{
      /** In international form, or as dialled in countryCode */
      phoneNumber: string
      countryCode?: string
      /** Ask for the kind of line, which Twilio charges for */
      lineType?: boolean
    }, {
      /** In international form (E.164) */
      phoneNumber: string | null
      nationalFormat: string | null
      countryCode: string | null
      valid: boolean
      /** Such as TOO_SHORT */
      problems: string[]
      /** Such as mobile, landline or nonFixedVoip */
      lineType: string | null
      carrier: string | null
    }>
  }
  /** Microsoft Entra ID */
  entra: {
    /** Test the connection. Says which tenant the connection is of. */
    testConnection: Run<Record<string, never>, {
      tenantId: string
      tenantName: string | null
    }>
    /** Get who is signed in. The profile of the person; only for a connection that somebody signed in to. */
    getUserInfo: Run<Record<string, never>, {
      id: string
      userPrincipalName: string | null
      displayName: string | null
      givenName: string | null
      surname: string | null
      mail: string | null
      mobilePhone: string | null
      jobTitle: string | null
      department: string | null
      isEnabled: boolean | null
      /** Member or Guest */
      userType: string | null
      createdAt: string | null
    }>
    /** List users. The users of the tenant, page by page; what was just changed may be found some minutes later. */
    listUsers: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** OData, as in accountEnabled eq false or startsWith(displayName,'K') */
      filter?: string
      /** As in "displayName:kari", with its quotes */
      search?: string
    }, {
      users: {
        id: string
        userPrincipalName: string | null
        displayName: string | null
        givenName: string | null
        surname: string | null
        mail: string | null
        mobilePhone: string | null
        jobTitle: string | null
        department: string | null
        isEnabled: boolean | null
        /** Member or Guest */
        userType: string | null
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** List changes of users. All users at first, then only what changed since: keep the deltaCursor for the next time, within seven days; a page may be empty, and a user come twice. */
    listUserChanges: Run<{
      /** The nextCursor of the page before, or a deltaCursor */
      cursor?: string
      /** Gives no users, only a cursor to begin with */
      fromNow?: boolean
    }, {
      users: {
        id: string
        userPrincipalName: string | null
        displayName: string | null
        givenName: string | null
        surname: string | null
        mail: string | null
        mobilePhone: string | null
        jobTitle: string | null
        department: string | null
        isEnabled: boolean | null
        /** Member or Guest */
        userType: string | null
        createdAt: string | null
        isRemoved: boolean
        /** Of one that was removed */
        canBeRestored: boolean | null
      }[]
      nextCursor: string | null
      /** Null until the last page */
      deltaCursor: string | null
    }>
    /** Get a user. One user, by its object id or user principal name. */
    getUser: Run<{
      /** An object id, or a user principal name */
      userId: string
    }, {
      id: string
      userPrincipalName: string | null
      displayName: string | null
      givenName: string | null
      surname: string | null
      mail: string | null
      mobilePhone: string | null
      jobTitle: string | null
      department: string | null
      isEnabled: boolean | null
      /** Member or Guest */
      userType: string | null
      createdAt: string | null
    }>
    /** Create a user. Makes a user with a first password, below a domain that the tenant has verified. */
    createUser: Run<{
      userPrincipalName: string
      displayName: string
      /** What stands before the @ when absent */
      mailNickname?: string
      password: string
      /** At the first sign-in */
      mustChangePassword?: boolean
      enabled?: boolean
      givenName?: string
      surname?: string
      jobTitle?: string
      department?: string
      mobilePhone?: string
      /** The country, as in NO; licences need it */
      usageLocation?: string
    }, {
      id: string
      userPrincipalName: string | null
      displayName: string | null
      givenName: string | null
      surname: string | null
      mail: string | null
      mobilePhone: string | null
      jobTitle: string | null
      department: string | null
      isEnabled: boolean | null
      /** Member or Guest */
      userType: string | null
      createdAt: string | null
    }>
    /** Change a user. Sets the given fields and leaves the others; those of a user that comes from a local directory are changed there. */
    updateUser: Run<{
      /** An object id, or a user principal name */
      userId: string
      displayName?: string
      givenName?: string
      surname?: string
      jobTitle?: string
      department?: string
      mobilePhone?: string
      /** The country, as in NO; licences need it */
      usageLocation?: string
    }, {
      id: string
    }>
    /** Block a user. The user can no longer sign in; endSessions ends what is open. */
    deactivateUser: Run<{
      /** An object id, or a user principal name */
      userId: string
    }, {
      id: string
    }>
    /** Unblock a user. Lets a blocked user sign in again. */
    activateUser: Run<{
      /** An object id, or a user principal name */
      userId: string
    }, {
      id: string
    }>
    /** Delete a user. Moves the user to the deleted ones, from where it can be restored for 30 days. */
    deleteUser: Run<{
      /** An object id, or a user principal name */
      userId: string
    }, {
      id: string
    }>
    /** End all sessions. Revokes all refresh tokens of a user; access tokens that were given out are good until they end. */
    endSessions: Run<{
      userId: string
    }, {
      id: string
    }>
    /** List groups. The groups of the tenant, page by page. */
    listGroups: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** OData, as in accountEnabled eq false or startsWith(displayName,'K') */
      filter?: string
      /** As in "displayName:kari", with its quotes */
      search?: string
    }, {
      groups: {
        id: string
        name: string | null
        description: string | null
        mail: string | null
        isSecurityGroup: boolean
        /** A rule says who is in it, so that nobody can be put there */
        isDynamic: boolean
      }[]
      nextCursor: string | null
    }>
    /** List members of a group. The users that are in a group itself, page by page; other members are left out. */
    listGroupMembers: Run<{
      groupId: string
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
    }, {
      users: {
        id: string
        userPrincipalName: string | null
        displayName: string | null
        givenName: string | null
        surname: string | null
        mail: string | null
        mobilePhone: string | null
        jobTitle: string | null
        department: string | null
        isEnabled: boolean | null
        /** Member or Guest */
        userType: string | null
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Add a user to a group. Puts the user into the group; one who is in it already is refused. */
    addUserToGroup: Run<{
      /** The object id */
      userId: string
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** Remove a user from a group. Takes the user out of the group. */
    removeUserFromGroup: Run<{
      /** The object id */
      userId: string
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** List applications. The applications that are registered in the tenant, page by page. */
    listApplications: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** OData, as in accountEnabled eq false or startsWith(displayName,'K') */
      filter?: string
      /** As in "displayName:kari", with its quotes */
      search?: string
    }, {
      applications: {
        id: string
        clientId: string
        name: string | null
        /** Who may sign in to it */
        audience: string | null
        /** When each of its secrets and certificates ends */
        secretsEndAt: string[]
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** List sign-ins. Sign-ins of the last 30 days, the newest first; the tenant needs a P1 licence for its own log. */
    listSignIns: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      since?: string
      userId?: string
    }, {
      signIns: {
        id: string
        happenedAt: string
        userId: string | null
        userPrincipalName: string | null
        application: string | null
        ip: string | null
        /** 0 of one that succeeded */
        errorCode: number | null
        reason: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** Okta */
  okta: {
    /** Test the connection. Says whether the connection may read users of the org. */
    testConnection: Run<Record<string, never>, {
      domain: string | null
      canReadUsers: true
    }>
    /** Get who is signed in. What Okta says of the person; only for a connection that somebody signed in to. */
    getUserInfo: Run<Record<string, never>, {
      subject: string
      username: string | null
      email: string | null
      isEmailVerified: boolean
      name: string | null
      givenName: string | null
      familyName: string | null
    }>
    /** List users. The users of the org, page by page; deactivated ones only where a filter or a search asks for status eq "DEPROVISIONED". */
    listUsers: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** Begins a name or the e-mail address */
      query?: string
      /** As in status eq "ACTIVE" */
      filter?: string
      /** As in lastUpdated gt "2026-01-01T00:00:00.000Z"; it is some seconds late */
      search?: string
      /** Only with search, as in lastUpdated */
      sortBy?: string
      sortOrder?: "asc" | "desc"
    }, {
      users: {
        id: string
        /** STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED */
        status: string
        login: string | null
        email: string | null
        firstName: string | null
        lastName: string | null
        /** All that the org keeps of the user */
        profile: Record<string, unknown>
        createdAt: string | null
        activatedAt: string | null
        statusChangedAt: string | null
        lastLoginAt: string | null
        updatedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Get a user. One user, by id or by login. */
    getUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
      /** STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED */
      status: string
      login: string | null
      email: string | null
      firstName: string | null
      lastName: string | null
      /** All that the org keeps of the user */
      profile: Record<string, unknown>
      createdAt: string | null
      activatedAt: string | null
      statusChangedAt: string | null
      lastLoginAt: string | null
      updatedAt: string | null
    }>
    /** Create a user. Makes a user and activates it; without a password Okta sends a mail by which one is chosen. */
    createUser: Run<{
      /** The e-mail address when absent */
      login?: string
      email: string
      firstName: string
      lastName: string
      /** Further fields of the profile, by their names in Okta */
      profile?: Record<string, unknown>
      password?: string
      groupIds?: string[]
      activate?: boolean
    }, {
      id: string
      /** STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED */
      status: string
      login: string | null
      email: string | null
      firstName: string | null
      lastName: string | null
      /** All that the org keeps of the user */
      profile: Record<string, unknown>
      createdAt: string | null
      activatedAt: string | null
      statusChangedAt: string | null
      lastLoginAt: string | null
      updatedAt: string | null
    }>
    /** Change a user. Sets the given fields of the profile and leaves the others. */
    updateUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
      /** The e-mail address when absent */
      login?: string
      email?: string
      firstName?: string
      lastName?: string
      /** Further fields of the profile, by their names in Okta */
      profile?: Record<string, unknown>
    }, {
      id: string
      /** STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED */
      status: string
      login: string | null
      email: string | null
      firstName: string | null
      lastName: string | null
      /** All that the org keeps of the user */
      profile: Record<string, unknown>
      createdAt: string | null
      activatedAt: string | null
      statusChangedAt: string | null
      lastLoginAt: string | null
      updatedAt: string | null
    }>
    /** Deactivate a user. Takes away all applications and ends all sessions; the user can be activated again. */
    deactivateUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** Activate a user. Activates a user that is staged or deactivated, and sends the mail that asks for a password. */
    activateUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** Suspend a user. Keeps an active user from signing in, for a while: groups and applications stay. */
    suspendUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** End a suspension. Lets a suspended user sign in again. */
    unsuspendUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** Reset a password. Sends the user a mail by which a new password is chosen; the former one is void at once. */
    resetPassword: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** Delete a user. Deletes a deactivated user for good; one that is not deactivated is, and has to be deleted again. */
    deleteUser: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** End all sessions. Signs the user out at Okta everywhere, and revokes the tokens that were given out. */
    endSessions: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
    }, {
      id: string
    }>
    /** List groups. The groups of the org, page by page. */
    listGroups: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** Begins the name */
      query?: string
      /** As in type eq "OKTA_GROUP" */
      search?: string
    }, {
      groups: {
        id: string
        name: string
        description: string | null
        type: string
      }[]
      nextCursor: string | null
    }>
    /** List members of a group. The users that are in a group, page by page. */
    listGroupMembers: Run<{
      /** As in 00g1emaKYZTWRYYRRTSK */
      groupId: string
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
    }, {
      users: {
        id: string
        /** STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED or DEPROVISIONED */
        status: string
        login: string | null
        email: string | null
        firstName: string | null
        lastName: string | null
        /** All that the org keeps of the user */
        profile: Record<string, unknown>
        createdAt: string | null
        activatedAt: string | null
        statusChangedAt: string | null
        lastLoginAt: string | null
        updatedAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Add a user to a group. Puts the user into a group of Okta’s own; those of a directory are changed there. */
    addUserToGroup: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
      /** As in 00g1emaKYZTWRYYRRTSK */
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** Remove a user from a group. Takes the user out of a group of Okta’s own; those of a directory are changed there. */
    removeUserFromGroup: Run<{
      /** An id, as in 00ub0oNGTSWTBKOLGLNR, or a login */
      userId: string
      /** As in 00g1emaKYZTWRYYRRTSK */
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** List log events. The system log of 90 days: without until it has no end and misses nothing, and its cursor is good for asking again later; with until it ends. */
    listLogs: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
      /** Seven days ago when absent */
      since?: string
      until?: string
      /** As in eventType eq "user.session.start" */
      filter?: string
      /** Words that are looked for in all fields */
      query?: string
    }, {
      logs: {
        id: string
        publishedAt: string
        eventType: string
        message: string | null
        severity: string | null
        /** SUCCESS, FAILURE and others */
        outcome: string | null
        reason: string | null
        actor: {
          id: string
          type: string
          login: string | null
        } | null
        targets: {
          id: string
          type: string
          name: string | null
        }[]
        ip: string | null
      }[]
      nextCursor: string | null
    }>
    /** List applications. The applications of the org, page by page. */
    listApplications: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** The nextCursor of the page before; what else is asked for counts for the first */
      cursor?: string
    }, {
      applications: {
        id: string
        name: string
        label: string | null
        status: string
        signOnMode: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** Auth0 */
  auth0: {
    /** Test the connection. Says whether the Management API answers, or else whether whoever signed in is still known. */
    testConnection: Run<Record<string, never>, {
      domain: string | null
      hasManagementApi: boolean
      userCount: number | null
      /** Who signed in, where somebody did */
      subject: string | null
    }>
    /** Get who is signed in. What Auth0 says of the person; only for a connection that somebody signed in to. */
    getUserInfo: Run<Record<string, never>, {
      subject: string
      email: string | null
      isEmailVerified: boolean
      name: string | null
      givenName: string | null
      familyName: string | null
      picture: string | null
    }>
    /** List users. Users that a search finds, at most 1,000 of them, and some seconds late; to have all, split by updated_at or use startUserExport. */
    listUsers: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Lucene, as in email:"kari@example.com" or blocked:true */
      query?: string
      /** A field and a direction, as in updated_at:1 */
      sort?: string
    }, {
      users: {
        id: string
        email: string | null
        isEmailVerified: boolean
        username: string | null
        name: string | null
        givenName: string | null
        familyName: string | null
        isBlocked: boolean
        identities: {
          provider: string
          userId: string
          connection: string
        }[]
        userMetadata: Record<string, unknown>
        appMetadata: Record<string, unknown>
        loginCount: number
        lastLoginAt: string | null
        createdAt: string | null
        updatedAt: string | null
      }[]
      total: number
      /** Null at the end, and where Auth0 gives no more */
      nextCursor: string | null
      /** There are more than can be had by this search */
      isCutOff: boolean
    }>
    /** Find users by e-mail. All users with this address, at once and not some seconds late; one for each connection they sign in by. */
    findUsersByEmail: Run<{
      email: string
    }, {
      users: {
        id: string
        email: string | null
        isEmailVerified: boolean
        username: string | null
        name: string | null
        givenName: string | null
        familyName: string | null
        isBlocked: boolean
        identities: {
          provider: string
          userId: string
          connection: string
        }[]
        userMetadata: Record<string, unknown>
        appMetadata: Record<string, unknown>
        loginCount: number
        lastLoginAt: string | null
        createdAt: string | null
        updatedAt: string | null
      }[]
    }>
    /** Get a user. One user, by its id. */
    getUser: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
    }, {
      id: string
      email: string | null
      isEmailVerified: boolean
      username: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      isBlocked: boolean
      identities: {
        provider: string
        userId: string
        connection: string
      }[]
      userMetadata: Record<string, unknown>
      appMetadata: Record<string, unknown>
      loginCount: number
      lastLoginAt: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Create a user. Makes a user in a database or passwordless connection; a user of a database needs a password. */
    createUser: Run<{
      connection?: string
      email?: string
      isEmailVerified?: boolean
      /** Only where the connection asks for user names */
      username?: string
      name?: string
      givenName?: string
      familyName?: string
      password?: string
      /** What users may change themselves; merged at the first level */
      userMetadata?: Record<string, unknown>
      /** What only applications may change; merged at the first level */
      appMetadata?: Record<string, unknown>
      /** Whether the user is asked by mail to confirm the address */
      verifyEmail?: boolean
    }, {
      id: string
      email: string | null
      isEmailVerified: boolean
      username: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      isBlocked: boolean
      identities: {
        provider: string
        userId: string
        connection: string
      }[]
      userMetadata: Record<string, unknown>
      appMetadata: Record<string, unknown>
      loginCount: number
      lastLoginAt: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Change a user. Sets the given fields; e-mail, user name and password can each only be changed without the others. */
    updateUser: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
      email?: string
      isEmailVerified?: boolean
      /** Only where the connection asks for user names */
      username?: string
      name?: string
      givenName?: string
      familyName?: string
      password?: string
      /** What users may change themselves; merged at the first level */
      userMetadata?: Record<string, unknown>
      /** What only applications may change; merged at the first level */
      appMetadata?: Record<string, unknown>
    }, {
      id: string
      email: string | null
      isEmailVerified: boolean
      username: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      isBlocked: boolean
      identities: {
        provider: string
        userId: string
        connection: string
      }[]
      userMetadata: Record<string, unknown>
      appMetadata: Record<string, unknown>
      loginCount: number
      lastLoginAt: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Block a user. The user can no longer sign in, until activated again; tokens that were given out go on until they end. */
    deactivateUser: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
    }, {
      id: string
      email: string | null
      isEmailVerified: boolean
      username: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      isBlocked: boolean
      identities: {
        provider: string
        userId: string
        connection: string
      }[]
      userMetadata: Record<string, unknown>
      appMetadata: Record<string, unknown>
      loginCount: number
      lastLoginAt: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Unblock a user. Lets a blocked user sign in again. */
    activateUser: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
    }, {
      id: string
      email: string | null
      isEmailVerified: boolean
      username: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      isBlocked: boolean
      identities: {
        provider: string
        userId: string
        connection: string
      }[]
      userMetadata: Record<string, unknown>
      appMetadata: Record<string, unknown>
      loginCount: number
      lastLoginAt: string | null
      createdAt: string | null
      updatedAt: string | null
    }>
    /** Delete a user. Deletes the user for good; one that is not there is no failure. */
    deleteUser: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
    }, {
      id: string
    }>
    /** List roles. The roles of the tenant, which are what Auth0 has for groups. */
    listGroups: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Part of the name */
      name?: string
    }, {
      groups: {
        id: string
        name: string
        description: string | null
      }[]
      nextCursor: string | null
    }>
    /** List roles of a user. The roles that a user has been given. */
    listUserGroups: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      groups: {
        id: string
        name: string
        description: string | null
      }[]
      nextCursor: string | null
    }>
    /** List users with a role. Everybody who has a role, however many; the cursor is good for a day. */
    listGroupMembers: Run<{
      /** Of a role, as in rol_Pq3tZ8wX1bYk6mNd */
      groupId: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      members: {
        id: string
        email: string | null
        name: string | null
      }[]
      nextCursor: string | null
    }>
    /** Give a user a role. Gives the role; a user who has it keeps it. */
    addUserToGroup: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
      /** Of a role, as in rol_Pq3tZ8wX1bYk6mNd */
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** Take a role away. Takes the role from the user. */
    removeUserFromGroup: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
      /** Of a role, as in rol_Pq3tZ8wX1bYk6mNd */
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** List organizations. The organizations of the tenant, by which business customers sign in. */
    listOrganizations: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      organizations: {
        id: string
        name: string
        displayName: string | null
      }[]
      nextCursor: string | null
    }>
    /** List log events. What happened in the tenant, in order and without end: while nothing is new, the same cursor comes back, to be asked again later. */
    listLogs: Run<{
      /** Counts for the first page; the cursor knows it */
      limit?: number
      /** Begins behind this one, without a cursor */
      afterLogId?: string
      /** The nextCursor of the page before, or of yesterday */
      cursor?: string
    }, {
      logs: {
        id: string
        date: string
        /** A code, as in s for a sign-in and f for a failed one */
        type: string
        description: string | null
        clientId: string | null
        userId: string | null
        userName: string | null
        ip: string | null
        userAgent: string | null
      }[]
      nextCursor: string | null
    }>
    /** Start an export of users. Has Auth0 write all users into a file, one JSON object a line; getJob says when it is there. */
    startUserExport: Run<{
      /** Names such as email or app_metadata */
      fields?: string[]
      format?: "json" | "csv"
    }, {
      jobId: string
      status: string
    }>
    /** Get a job. How far an export is, and once it is completed, where its gzipped file can be had for about a minute. */
    getJob: Run<{
      jobId: string
    }, {
      jobId: string
      status: string
      downloadUrl: string | null
    }>
    /** Create a link to set a password. A link by which the user chooses a new password; it is for whoever has it, so send it to the user alone. */
    createPasswordTicket: Run<{
      /** As in auth0|66f1c2a4e3b7d90012ab34cd */
      userId: string
      /** Where the browser goes afterwards */
      resultUrl?: string
      /** Five days when absent */
      lifetimeSeconds?: number
    }, {
      url: string
    }>
  }
  /** Keycloak */
  keycloak: {
    /** Test the connection. Says whether the connection may see the users of the realm, and how many there are. */
    testConnection: Run<Record<string, never>, {
      realm: string
      userCount: number
    }>
    /** Get who is signed in. What the realm says of the person; only for a connection that somebody signed in to. */
    getUserInfo: Run<Record<string, never>, {
      subject: string
      username: string | null
      email: string | null
      isEmailVerified: boolean
      name: string | null
      givenName: string | null
      familyName: string | null
    }>
    /** List users. The users of the realm, page by page, without those of service accounts. */
    listUsers: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Part of user name, name or e-mail address */
      search?: string
      username?: string
      email?: string
      /** Whether username and email are meant as a whole */
      exact?: boolean
      enabled?: boolean
      attributes?: Record<string, string>
    }, {
      users: {
        id: string
        username: string
        email: string | null
        isEmailVerified: boolean
        firstName: string | null
        lastName: string | null
        isEnabled: boolean
        attributes: Record<string, string[]>
        /** What is asked of the user at the next sign-in */
        requiredActions: string[]
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Get a user. One user, by its id. */
    getUser: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
    }, {
      id: string
      username: string
      email: string | null
      isEmailVerified: boolean
      firstName: string | null
      lastName: string | null
      isEnabled: boolean
      attributes: Record<string, string[]>
      /** What is asked of the user at the next sign-in */
      requiredActions: string[]
      createdAt: string | null
    }>
    /** Create a user. Makes a user that may sign in, and gives it back as Keycloak keeps it. */
    createUser: Run<{
      username: string
      email?: string
      isEmailVerified?: boolean
      firstName?: string
      lastName?: string
      /** Each with all its values; an empty list removes one */
      attributes?: Record<string, string[]>
      /** As in UPDATE_PASSWORD */
      requiredActions?: string[]
      enabled?: boolean
      password?: string
      /** Whether another is asked for at the first sign-in */
      isPasswordTemporary?: boolean
    }, {
      id: string
      username: string
      email: string | null
      isEmailVerified: boolean
      firstName: string | null
      lastName: string | null
      isEnabled: boolean
      attributes: Record<string, string[]>
      /** What is asked of the user at the next sign-in */
      requiredActions: string[]
      createdAt: string | null
    }>
    /** Change a user. Sets the given fields and leaves the others; the user is read first, since Keycloak takes only whole ones. */
    updateUser: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
      email?: string
      isEmailVerified?: boolean
      firstName?: string
      lastName?: string
      /** Each with all its values; an empty list removes one */
      attributes?: Record<string, string[]>
      /** As in UPDATE_PASSWORD */
      requiredActions?: string[]
      enabled?: boolean
    }, {
      id: string
      username: string
      email: string | null
      isEmailVerified: boolean
      firstName: string | null
      lastName: string | null
      isEnabled: boolean
      attributes: Record<string, string[]>
      /** What is asked of the user at the next sign-in */
      requiredActions: string[]
      createdAt: string | null
    }>
    /** Disable a user. The user can no longer sign in; tokens are refreshed no more. */
    deactivateUser: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
    }, {
      id: string
      username: string
      email: string | null
      isEmailVerified: boolean
      firstName: string | null
      lastName: string | null
      isEnabled: boolean
      attributes: Record<string, string[]>
      /** What is asked of the user at the next sign-in */
      requiredActions: string[]
      createdAt: string | null
    }>
    /** Enable a user. Lets a disabled user sign in again. */
    activateUser: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
    }, {
      id: string
      username: string
      email: string | null
      isEmailVerified: boolean
      firstName: string | null
      lastName: string | null
      isEnabled: boolean
      attributes: Record<string, string[]>
      /** What is asked of the user at the next sign-in */
      requiredActions: string[]
      createdAt: string | null
    }>
    /** Delete a user. Deletes the user for good. */
    deleteUser: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
    }, {
      id: string
    }>
    /** Send a password reset. Mails the user a link by which a new password is chosen; the realm has to be able to send mail. */
    resetPassword: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
      /** Where the user is sent afterwards; with redirectUri */
      clientId?: string
      /** One of the addresses that are valid for this client */
      redirectUri?: string
      /** Twelve hours unless the realm says otherwise */
      lifetimeSeconds?: number
    }, {
      id: string
    }>
    /** End all sessions. Signs the user out of the realm; access tokens that were given out are good until they end. */
    endSessions: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
    }, {
      id: string
    }>
    /** List groups. The groups at the top of the realm, page by page; what lies below them is counted alone. */
    listGroups: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** Part of the name */
      search?: string
    }, {
      groups: {
        id: string
        name: string
        path: string
        subGroupCount: number | null
      }[]
      nextCursor: string | null
    }>
    /** List groups of a user. The groups that a user was put into. */
    listUserGroups: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      groups: {
        id: string
        name: string
        path: string
        subGroupCount: number | null
      }[]
      nextCursor: string | null
    }>
    /** List members of a group. The users that are in a group itself, page by page. */
    listGroupMembers: Run<{
      groupId: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      users: {
        id: string
        username: string
        email: string | null
        isEmailVerified: boolean
        firstName: string | null
        lastName: string | null
        isEnabled: boolean
        attributes: Record<string, string[]>
        /** What is asked of the user at the next sign-in */
        requiredActions: string[]
        createdAt: string | null
      }[]
      nextCursor: string | null
    }>
    /** Add a user to a group. Puts the user into the group. */
    addUserToGroup: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** Remove a user from a group. Takes the user out of the group. */
    removeUserFromGroup: Run<{
      /** As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
      userId: string
      groupId: string
    }, {
      userId: string
      groupId: string
    }>
    /** List clients. The applications that are registered in the realm, page by page. */
    listClients: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      clientId?: string
    }, {
      clients: {
        id: string
        clientId: string
        name: string | null
        isEnabled: boolean
        protocol: string | null
        redirectUris: string[]
      }[]
      nextCursor: string | null
    }>
    /** List sign-in events. Sign-ins, registrations and the like, the oldest first; the realm has to be set to keep them. */
    listEvents: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      /** As in LOGIN, LOGIN_ERROR or REGISTER */
      types?: string[]
      userId?: string
      /** A day such as 2026-11-02 */
      from?: string
      /** A day such as 2026-11-02 */
      to?: string
    }, {
      events: {
        happenedAt: string
        type: string
        userId: string | null
        clientId: string | null
        ip: string | null
        error: string | null
      }[]
      nextCursor: string | null
    }>
    /** List changes by administrators. What was created, changed and deleted, the oldest first: users have no time of their last change, so this is how to follow them. */
    listAdminEvents: Run<{
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
      operationTypes?: ("CREATE" | "UPDATE" | "DELETE" | "ACTION")[]
      /** As in USER or GROUP_MEMBERSHIP */
      resourceTypes?: string[]
      /** A day such as 2026-11-02 */
      from?: string
      /** A day such as 2026-11-02 */
      to?: string
    }, {
      events: {
        happenedAt: string
        operation: string
        resourceType: string | null
        /** As in users/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511 */
        resourcePath: string | null
        byUserId: string | null
        error: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** ID-porten */
  idPorten: {
    /** Test the connection. Says whether the person is still signed in, and at which environment. */
    testConnection: Run<Record<string, never>, {
      issuer: string
      subject: string
      levels: string[]
    }>
    /** Get who is signed in. The subject, the language and, when asked for, the national identity number. There is no name. */
    getUserProfile: Run<{
      /** Otherwise only its first six digits are shown */
      includePersonalNumber?: boolean
    }, {
      subject: string
      personalNumber: string | null
      isPersonalNumberMasked: boolean
      locale: string | null
    }>
    /** Get the address to sign out. Where to send the browser so that the session at ID-porten ends, and those at other services with it. */
    getLogoutUrl: Run<{
      /** Needed where there is no idToken */
      clientId?: string
      /** The last id token of the session, if it was kept */
      idToken?: string
      /** One of the addresses that are registered for this */
      postLogoutRedirectUri?: string
      /** Comes back with the browser */
      state?: string
      locale?: string
    }, {
      url: string
    }>
  }
  /** Maskinporten */
  maskinporten: {
    /** Test the connection. Gets a token with the scopes of the integration, unless there is a good one, and reads the metadata. */
    testConnection: Run<Record<string, never>, {
      issuer: string
      tokenEndpoint: string
    }>
    /** List scopes. The public scopes of all owners; that one is listed does not mean that your organisation has it. */
    listScopes: Run<{
      /** A part of the name or of the description */
      search?: string
      /** Only those that can be delegated in Altinn, or that cannot */
      delegatable?: boolean
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      scopes: {
        name: string
        description: string | null
        visibility: string | null
        isOpenToAll: boolean
        delegationSource: string | null
        integrationTypes: string[]
        tokenLifetimeSeconds: number | null
      }[]
      nextCursor: string | null
    }>
  }
  /** Altinn */
  altinn: {
    /** Test the connection. Renews the token, and says as whom Altinn knows its holder. */
    testConnection: Run<Record<string, never>, {
      organizationNumber: string | null
      serviceOwner: string | null
      partyId: number | null
      systemId: string | null
      scopes: string[]
    }>
    /** List for whom one may act. The parties for which the system user may act; of somebody else only a service owner may ask, by their number. */
    getOrganizations: Run<{
      /** Eleven digits; only service owners may ask so */
      personalNumber?: string
      /** Only service owners may ask so */
      organizationNumber?: string
      includeRoles?: boolean
      includeAccessPackages?: boolean
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      parties: {
        partyUuid: string
        partyId: number | null
        name: string
        type: string | null
        organizationNumber: string | null
        isDeleted: boolean
        isHierarchyOnly: boolean
        roles: string[]
        accessPackages: string[]
        resources: string[]
      }[]
      nextCursor: string | null
    }>
    /** List roles between two parties. The roles that one party has for another; they are no longer the codes of Altinn 2. */
    getRoles: Run<{
      /** As whom one asks: one of the two */
      party: string
      /** Who gives the roles */
      from?: string
      /** Who has them */
      to?: string
    }, {
      roles: {
        code: string
        name: string | null
        toName: string | null
      }[]
    }>
    /** List delegations of a party. Who has access on behalf of a party, or on whose behalf it has access itself. */
    getDelegations: Run<{
      party: string
      direction?: "given" | "received"
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      delegations: {
        partyUuid: string
        name: string
        type: string | null
        organizationNumber: string | null
        roles: string[]
      }[]
      nextCursor: string | null
    }>
    /** List delegated scopes. Which organisations delegated a scope of your API to which suppliers; for the owners of APIs. */
    getMaskinportenDelegations: Run<{
      scope: string
      supplierOrg?: string
      consumerOrg?: string
    }, {
      delegations: {
        consumerOrg: string
        supplierOrg: string
        scopes: string[]
        createdAt: string | null
      }[]
    }>
    /** Begin a form. Makes an instance of an app for a party, with values to begin with. After a lost answer look for it before repeating. */
    createInstance: Run<{
      /** The name of the app, without its owner */
      app: string
      instanceOwner: {
        organizationNumber?: string
        personalNumber?: string
        partyId?: string
      }
      /** Values by the fields of the form */
      prefill?: Record<string, string>
      dueBefore?: string
    }, {
      id: string
      appId: string | null
      partyId: string | null
      organizationNumber: string | null
      task: string | null
      endedAt: string | null
      isArchived: boolean
      createdAt: string | null
      changedAt: string | null
      data: {
        id: string
        dataType: string
        contentType: string | null
        filename: string | null
        sizeBytes: number | null
      }[]
    }>
    /** Get a form. An instance with its data elements and where it stands in its process. */
    getInstance: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
    }, {
      id: string
      appId: string | null
      partyId: string | null
      organizationNumber: string | null
      task: string | null
      endedAt: string | null
      isArchived: boolean
      createdAt: string | null
      changedAt: string | null
      data: {
        id: string
        dataType: string
        contentType: string | null
        filename: string | null
        sizeBytes: number | null
      }[]
    }>
    /** List forms. Instances by party, app or change, page by page; of an app all of them only for its owner. */
    listInstances: Run<{
      partyId?: string
      /** In place of the party id */
      organizationNumber?: string
      /** The name of the app, without its owner */
      app?: string
      /** Whether its process has ended */
      isComplete?: boolean
      isArchived?: boolean
      changedAfter?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      instances: {
        id: string
        appId: string | null
        partyId: string | null
        organizationNumber: string | null
        task: string | null
        endedAt: string | null
        isArchived: boolean
        createdAt: string | null
        changedAt: string | null
        data: {
          id: string
          dataType: string
          contentType: string | null
          filename: string | null
          sizeBytes: number | null
        }[]
      }[]
      nextCursor: string | null
    }>
    /** Fill in a form. Replaces the data of that type, which a new form usually has already, or adds it where there is none. */
    uploadFormData: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
      /** As the app calls it: its model, usually */
      dataType: string
      /** As the model of the form says */
      formData: Record<string, unknown>
    }, {
      dataId: string
      isNew: boolean
    }>
    /** Attach a file. Adds a file to a form; a second one of the same name is another one. */
    uploadAttachment: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
      dataType: string
      filename: string
      contentType?: string
      /** The bytes, in base64 */
      content: string
    }, {
      dataId: string
    }>
    /** Validate a form. What stands in the way of sending it, and what is only worth a look. */
    validateInstance: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
    }, {
      isValid: boolean
      issues: {
        isError: boolean
        code: string | null
        field: string | null
        description: string | null
      }[]
    }>
    /** Send a form. Takes a form through its steps until it is sent; it stops at a step that another person has to take. */
    submitInstance: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
      /** For steps that ask for one: confirm, sign, pay */
      action?: string
    }, {
      task: string | null
      taskType: string | null
      endedAt: string | null
      isSent: boolean
      steps: number
    }>
    /** See where a form stands. The step that a form is at, and when it was sent. */
    getProcess: Run<{
      /** The name of the app, without its owner */
      app: string
      /** partyId/guid, as createInstance gives it */
      instanceId: string
    }, {
      task: string | null
      taskType: string | null
      endedAt: string | null
    }>
    /** Subscribe to events. Has events sent to an address, once that has answered the first of them. */
    subscribe: Run<{
      /** With the secret of the endpoint in its query */
      endPoint: string
      /** Of an app: urn:altinn:resource:app_{owner}_{app} */
      resource: string
      /** Whose events; needed unless one owns the resource */
      partyId?: string
      /** In place of the party id */
      organizationNumber?: string
      /** Exactly as events are called */
      eventType?: string
      includeSubunits?: boolean
    }, {
      id: number
      isValidated: boolean
      endPoint: string
      resource: string | null
      subject: string | null
      eventType: string | null
    }>
    /** List subscriptions. Where events are sent; one that was never validated sends nothing. */
    listSubscriptions: Run<Record<string, never>, {
      subscriptions: {
        id: number
        isValidated: boolean
        endPoint: string
        resource: string | null
        subject: string | null
        eventType: string | null
      }[]
    }>
    /** End a subscription. Has no more events sent; what is on its way may still come. */
    unsubscribe: Run<{
      subscriptionId: number
    }, {
      subscriptionId: number
    }>
    /** List events. What happened to a resource after an event that is known, in order; the cursor is good for ever. */
    listEvents: Run<{
      resource: string
      eventType?: string
      limit?: number
      /** The id of the last event that is known; 0 for all */
      cursor?: string
    }, {
      events: {
        id: string
        source: string
        type: string
        subject: string | null
        alternativeSubject: string | null
        resource: string | null
        resourceInstance: string | null
        time: string | null
      }[]
      nextCursor: string | null
    }>
  }
  /** BankID (Norway) */
  bankid: {
    /** Test the connection. Says whether the token of the sign-in is still good, and at which environment. */
    testConnection: Run<Record<string, never>, {
      issuer: string
      subject: string
    }>
    /** Get who signed in. Name, date of birth and what else the scopes allow; the signature of the answer is checked. */
    getUserProfile: Run<{
      /** Otherwise only its first six digits are shown */
      includePersonalNumber?: boolean
    }, {
      subject: string
      bankIdSubject: string | null
      name: string | null
      givenName: string | null
      familyName: string | null
      birthDate: string | null
      email: string | null
      phone: string | null
      personalNumber: string | null
      isPersonalNumberMasked: boolean
    }>
    /** Get the address to sign out. Where to send the browser so that the session at BankID ends. */
    getLogoutUrl: Run<{
      /** Needed where there is no idToken */
      clientId?: string
      /** The last id token of the session, if it was kept */
      idToken?: string
      /** One of the addresses that are registered for this */
      postLogoutRedirectUri?: string
      /** Comes back with the browser */
      state?: string
      locale?: string
    }, {
      url: string
    }>
  }
  /** BankID (Sweden) */
  bankidSe: {
    /** Test the connection. Says whether BankID takes the certificate; nothing is begun. */
    testConnection: Run<Record<string, never>, {
      isCertificateAccepted: boolean
    }>
    /** Identify somebody. Begins an order; show its QR code, a new one each second, and collect it every two seconds. */
    authenticate: Run<{
      /** The address of the person's device, as your service sees it */
      endUserIp: string
      requirement?: {
        /** Nobody else can then use the order */
        personalNumber?: string
        /** The security code is asked for even where biometrics would do */
        pinCode?: boolean
        /** The identity document has to be read, too */
        mrtd?: boolean
        cardReader?: "class1" | "class2"
        certificatePolicies?: string[]
        /** Above it the order is stopped */
        risk?: "low" | "moderate"
      }
      userVisibleDataFormat?: "plaintext" | "simpleMarkdownV1"
      /** Where the app goes back to on the same device */
      returnUrl?: string
      returnRisk?: boolean
      web?: {
        referringDomain: string
        userAgent: string
        deviceIdentifier: string
      }
      app?: {
        appIdentifier: string
        deviceOS: string
        deviceModelName: string
        deviceIdentifier: string
      }
      /** Shown in the app */
      userVisibleData?: string
      /** Signed along, and not shown */
      userNonVisibleData?: string
    }, {
      orderRef: string
      autoStartToken: string
      startUrl: string
      qrStartToken: string
      qrStartSecret: string
      startedAt: string
      qrCode: string
    }>
    /** Have somebody sign. Begins an order to sign a text; show and collect it as one that identifies. */
    sign: Run<{
      /** The address of the person's device, as your service sees it */
      endUserIp: string
      requirement?: {
        /** Nobody else can then use the order */
        personalNumber?: string
        /** The security code is asked for even where biometrics would do */
        pinCode?: boolean
        /** The identity document has to be read, too */
        mrtd?: boolean
        cardReader?: "class1" | "class2"
        certificatePolicies?: string[]
        /** Above it the order is stopped */
        risk?: "low" | "moderate"
      }
      userVisibleDataFormat?: "plaintext" | "simpleMarkdownV1"
      /** Where the app goes back to on the same device */
      returnUrl?: string
      returnRisk?: boolean
      web?: {
        referringDomain: string
        userAgent: string
        deviceIdentifier: string
      }
      app?: {
        appIdentifier: string
        deviceOS: string
        deviceModelName: string
        deviceIdentifier: string
      }
      /** What is signed, shown in the app */
      userVisibleData: string
      /** Signed along, and not shown */
      userNonVisibleData?: string
    }, {
      orderRef: string
      autoStartToken: string
      startUrl: string
      qrStartToken: string
      qrStartSecret: string
      startedAt: string
      qrCode: string
    }>
    /** Collect an order. Says where an order stands, or waits until it ends. An end is told once, and within minutes: keep what comes. */
    collect: Run<{
      orderRef: string
      /** Asks every two seconds for so long, within the time of the call; 0 asks once */
      waitSeconds?: number
      /** Cancels what has not ended by then */
      cancelAfterwards?: boolean
      /** To get the QR code along with it */
      qr?: {
        qrStartToken: string
        qrStartSecret: string
        /** As it came when the order was begun */
        startedAt: string
      }
    }, {
      orderRef: string
      status: "pending" | "complete" | "failed"
      hintCode: string | null
      message: {
        nb: string
        en: string
        sv: string
      }
      qrCode: string | null
      isCancelled: boolean
      completion: {
        personalNumber: string
        name: string
        givenName: string
        surname: string
        ipAddress: string | null
        deviceUhi: string | null
        isDocumentRead: boolean | null
        bankIdIssueDate: string | null
        risk: string | null
        signature: string | null
        ocspResponse: string | null
      } | null
    }>
    /** Get the QR code of this second. Computes the text of the moving QR code; nothing is sent. Show it while the app is to be started. */
    getQrCode: Run<{
      qrStartToken: string
      qrStartSecret: string
      /** As it came when the order was begun */
      startedAt: string
    }, {
      qrCode: string
      nextInMs: number
    }>
    /** Cancel an order. Ends an order that nobody waits for any longer. */
    cancel: Run<{
      orderRef: string
    }, {
      orderRef: string
    }>
  }
}
