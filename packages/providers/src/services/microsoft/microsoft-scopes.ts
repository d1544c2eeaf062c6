import type { Scope } from '../../define-provider.ts'

/** Delegated permissions; a broader one is named alone. https://learn.microsoft.com/graph/permissions-reference */
export const microsoftScopes: Scope[] = [
  { name: 'openid', description: 'Know who you are at Microsoft', default: true, unnamed: true },
  { name: 'profile', description: 'See your name', default: true, unnamed: true },
  { name: 'email', description: 'See your e-mail address', default: true, unnamed: true },
  { name: 'offline_access', description: 'Stay connected while you are away', default: true, unnamed: true },
  { name: 'User.Read', description: 'Read your profile', default: true },
  { name: 'Mail.Read', description: 'Read your e-mail', sensitive: true },
  { name: 'Mail.Send', description: 'Send e-mail as you', sensitive: true },
  { name: 'Calendars.Read', description: 'Read your calendars', sensitive: true },
  {
    name: 'Calendars.ReadWrite',
    description: 'Read and change your calendars',
    sensitive: true,
    includes: ['Calendars.Read'],
  },
  { name: 'Files.Read', description: 'Read your files', sensitive: true },
  { name: 'Files.ReadWrite', description: 'Read and change your files', sensitive: true, includes: ['Files.Read'] },
  {
    name: 'Files.Read.All',
    description: 'Read all files that you can reach, those of teams too',
    sensitive: true,
    includes: ['Files.Read'],
  },
  { name: 'Team.ReadBasic.All', description: 'See the teams you are in' },
  { name: 'Channel.ReadBasic.All', description: 'See the channels of your teams' },
  {
    name: 'Channel.Create',
    description: 'Create channels in your teams (an administrator must agree)',
    sensitive: true,
  },
  { name: 'ChannelMessage.Send', description: 'Post in channels as you', sensitive: true },
  {
    name: 'ChannelMessage.Read.All',
    description: 'Read the messages of your channels (an administrator must agree)',
    sensitive: true,
  },
  { name: 'ChatMessage.Send', description: 'Write in chats as you', sensitive: true },
  { name: 'Chat.Read', description: 'Read your chats', sensitive: true },
  {
    name: 'Chat.ReadWrite',
    description: 'Read your chats and write in them as you',
    sensitive: true,
    includes: ['Chat.Read', 'ChatMessage.Send'],
  },
  { name: 'OnlineMeetings.ReadWrite', description: 'Read and create online meetings as you', sensitive: true },
  { name: 'User.ReadBasic.All', description: "See everybody's name and address" },
  {
    name: 'User.Read.All',
    description: "Read everybody's profile (an administrator must agree)",
    sensitive: true,
    includes: ['User.ReadBasic.All', 'User.Read'],
  },
  { name: 'Group.Read.All', description: 'Read all groups (an administrator must agree)', sensitive: true },
  { name: 'Presence.Read.All', description: 'See whether people are available', sensitive: true },
]
