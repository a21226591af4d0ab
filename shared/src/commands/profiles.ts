import { Type } from 'typebox';
import {
  CustomDataSchema,
  ImageAddressSchema,
  ImageFileSchema,
  ImageUrlSchema,
  NicknameSchema,
  UserIdSchema,
} from '../schema/index.ts';
import { page, pageOf, UserSchema } from './answers.ts';
import { contracts } from './contract.ts';

const VersionSchema = Type.Integer({ minimum: 1, description: 'Grows with each change; the ETag' });
const FindableSchema = Type.Boolean({ description: 'Whether who knows my whole e-mail address finds me by it' });

/** What everybody may know of a user: never his address. */
export const ProfileSchema = Type.Object({
  id: UserIdSchema,
  nickname: Type.String(),
  image: Type.Optional(ImageAddressSchema),
  custom: Type.Optional(CustomDataSchema),
  disabled: Type.Optional(Type.Literal(true)),
  version: VersionSchema,
});

export const MyProfileSchema = Type.Object({
  ...UserSchema.properties,
  email: Type.Optional(Type.String({ description: 'Absent where another issuer vouches for me' })),
  image: Type.Optional(ImageAddressSchema),
  custom: Type.Optional(CustomDataSchema),
  findableByEmail: FindableSchema,
  version: VersionSchema,
});

const exampleUser = { id: '01kahzwq2m7n8p9q0r1s2t3v4w', nickname: 'ada', version: 3 };
const exampleMe = {
  ...exampleUser,
  email: 'ada@example.org',
  emailVerified: true,
  role: 'user',
  createdAt: '2026-11-21T08:00:00.000Z',
  image: 'https://example.org/ada.png',
  findableByEmail: false,
};

export const profileCommands = contracts({
  'me.get': {
    method: 'GET',
    path: '/me',
    tag: 'me',
    summary: 'My account and profile',
    parameters: Type.Object({}),
    answer: MyProfileSchema,
    example: { answer: exampleMe },
  },
  'me.change': {
    method: 'PATCH',
    path: '/me',
    tag: 'me',
    summary: 'Change my profile',
    description:
      'What is not named stays; `null` takes away. A nickname that is given up is nobody else’s for 30 days unless ' +
      'configured otherwise, and may be taken back. Messages and mentions name users by id: they show the new one.',
    parameters: Type.Object({
      nickname: Type.Optional(NicknameSchema),
      image: Type.Optional(Type.Union([ImageUrlSchema, Type.Null()])),
      imageFile: Type.Optional(ImageFileSchema),
      custom: Type.Optional(Type.Union([CustomDataSchema, Type.Null()])),
      findableByEmail: Type.Optional(FindableSchema),
      ifVersion: Type.Optional(VersionSchema),
    }),
    answer: MyProfileSchema,
    example: { parameters: { nickname: 'ada', image: 'https://example.org/ada.png' }, answer: exampleMe },
  },
  'users.get': {
    method: 'GET',
    path: '/users/:user',
    tag: 'users',
    summary: 'A user, as everybody sees him',
    description: 'Also one who is disabled: his messages stay.',
    parameters: Type.Object({ user: UserIdSchema }),
    answer: ProfileSchema,
    example: { parameters: { user: exampleUser.id }, answer: exampleUser },
  },
  'users.byNickname': {
    method: 'GET',
    path: '/users/by-nickname/:nickname',
    tag: 'users',
    summary: 'The user with that nickname',
    description: 'Not found like one who does not exist: who is disabled, has blocked me, or is blocked by me.',
    parameters: Type.Object({ nickname: Type.String({ minLength: 1, maxLength: 60 }) }),
    answer: ProfileSchema,
    example: { parameters: { nickname: 'ada' }, answer: exampleUser },
  },
  'users.search': {
    method: 'GET',
    path: '/users',
    tag: 'users',
    summary: 'Find users by the beginning of their nickname, or one by the whole e-mail address',
    description:
      'One of the two. Nicknames are compared without case, Korean syllables by their parts: `ㅎ` and `하` find `한글`. ' +
      'An address finds its owner where he allows it. Who is disabled, has blocked me or is blocked by me is not shown, ' +
      'so that a page may be short, or empty, and still have a `next`.',
    parameters: Type.Object({
      nickname: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'Beginning of nicknames' })),
      email: Type.Optional(Type.String({ minLength: 3, maxLength: 254, description: 'A whole e-mail address' })),
      ...page,
    }),
    answer: pageOf(ProfileSchema),
    example: { parameters: { nickname: 'ad', limit: 20 }, answer: { items: [exampleUser] } },
  },
});
