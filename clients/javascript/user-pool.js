// A user pool of a test's own, as an administrator sets it up: with a client, and a user who knows a password.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminGetUserCommand,
  AdminListDevicesCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  ResourceNotFoundException,
  SetUserPoolMfaConfigCommand,
  SetUserPoolSessionConfigurationCommand,
} from "@aws-sdk/client-cognito-identity-provider";

export const USER = "diego";
export const PASSWORD = "Correct-Horse-7";
export const WRONG_PASSWORD = "Battery-Staple-8";
export const NEW_PASSWORD = "Staple-Battery-9";

// What `DeviceConfiguration` says of a pool that remembers every device, and of one that asks its users.
export const ALWAYS = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false };
export const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };

// What a pool says that sends codes to email addresses, and of one that sends links there.
export const VERIFIES_EMAIL = { AutoVerifiedAttributes: ["email"] };
export const BY_LINK = {
  ...VERIFIES_EMAIL,
  VerificationMessageTemplate: { DefaultEmailOption: "CONFIRM_WITH_LINK" },
};

/** What a pool says that keeps what happens to its users as events. */
export const KEEPS_EVENTS = { UserPoolTier: "PLUS", UserPoolAddOns: { AdvancedSecurityMode: "AUDIT" } };

/** A client that does not tell who exists. */
export const HIDES_USERS = { PreventUserExistenceErrors: "ENABLED" };

const FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
const UserAttributes = [
  { Name: "email", Value: "diego@example.com" },
  { Name: "email_verified", Value: "true" },
];

export class UserPool {
  static async create(server, devices, client = {}, settings = {}) {
    const administrator = server.client();
    const { UserPool: pool } = await administrator.send(
      new CreateUserPoolCommand({ PoolName: "Signs users in", DeviceConfiguration: devices, ...settings }),
    );
    const { UserPoolClient: app } = await administrator.send(
      new CreateUserPoolClientCommand({
        UserPoolId: pool.Id,
        ClientName: "app",
        ExplicitAuthFlows: FLOWS,
        ...client,
      }),
    );
    const created = new UserPool(server, administrator, pool.Id, app);
    await administrator.send(
      new AdminCreateUserCommand({ ...created.user, UserAttributes, MessageAction: "SUPPRESS" }),
    );
    await created.setPassword(PASSWORD);
    return created;
  }

  constructor(server, administrator, id, app) {
    this.server = server;
    this.administrator = administrator;
    this.id = id;
    this.clientId = app.ClientId;
    this.clientSecret = app.ClientSecret;
    this.issuer = `${server.url}/${id}`;
    this.user = { UserPoolId: id, Username: USER };
  }

  async setPassword(password, permanent = true) {
    const command = { ...this.user, Password: password, Permanent: permanent };
    await this.administrator.send(new AdminSetUserPasswordCommand(command));
  }

  /** The user signs in with the password as it is. */
  signIn() {
    const parameters = { USERNAME: USER, PASSWORD };
    const request = { ClientId: this.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: parameters };
    return this.administrator.send(new InitiateAuthCommand(request));
  }

  /** What users are signed in to is a list of sessions from now on. */
  async trackSessions() {
    const tracking = { UserSessionTracking: "ENABLED", TokenSession: { MaxPerUser: 5 } };
    await this.administrator.send(new SetUserPoolSessionConfigurationCommand({ UserPoolId: this.id, ...tracking }));
  }

  /** The pool's users give a code of an authenticator besides. */
  async askForSoftwareTokens() {
    const factors = { SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: "ON" };
    await this.administrator.send(new SetUserPoolMfaConfigCommand({ UserPoolId: this.id, ...factors }));
  }

  /** The status of a user's account. */
  async status(username) {
    const command = new AdminGetUserCommand({ UserPoolId: this.id, Username: username });
    return (await this.administrator.send(command)).UserStatus;
  }

  /** The user cannot sign in until a new password is set by a code. */
  async resetPassword(username) {
    const user = { UserPoolId: this.id, Username: username };
    await this.administrator.send(new AdminResetUserPasswordCommand(user));
  }

  /** A new group with the user in it. */
  async putIntoGroup(username, group) {
    const name = { UserPoolId: this.id, GroupName: group };
    await this.administrator.send(new CreateGroupCommand(name));
    await this.administrator.send(new AdminAddUserToGroupCommand({ ...name, Username: username }));
  }

  /** The newest message to a user in the outbox. */
  lastMessage(username) {
    return this.server.messages(this.id, username).at(-1);
  }

  /** The newest code that a user was sent. */
  lastCode(username) {
    return this.lastMessage(username).Code;
  }

  /** The device as an administrator sees it. */
  async device(key) {
    const command = new AdminGetDeviceCommand({ ...this.user, DeviceKey: key });
    return (await this.administrator.send(command)).Device;
  }

  /** `remembered`, `not_remembered`, or `unknown`. */
  async deviceIs(key) {
    try {
      return attributesOf(await this.device(key))["dev:device_remembered_status"];
    } catch (error) {
      assert.ok(error instanceof ResourceNotFoundException, error);
      assert.equal(error.message, "Device does not exist.");
      return "unknown";
    }
  }

  /** The keys of the user's devices. */
  async deviceKeys() {
    const { Devices: devices } = await this.administrator.send(new AdminListDevicesCommand(this.user));
    return devices.map(({ DeviceKey: key }) => key);
  }

  async forget(key) {
    await this.administrator.send(new AdminForgetDeviceCommand({ ...this.user, DeviceKey: key }));
  }
}

export function attributesOf({ DeviceAttributes: attributes }) {
  return Object.fromEntries(attributes.map(({ Name: name, Value: value }) => [name, value]));
}

/** What the call is refused with: name and message of the error. */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return [error.name, error.message];
  }
  return assert.fail("the call was not refused");
}

export const CODE_MISMATCH = ["CodeMismatchException", "Invalid code received for user"];
export const WRONG_CODE = ["CodeMismatchException", "Invalid verification code provided, please try again."];
export const USED_CODE = ["ExpiredCodeException", "Invalid code provided, please request a code again."];
export const NOT_CONFIRMED = ["UserNotConfirmedException", "User is not confirmed."];
export const RESET_REQUIRED = ["PasswordResetRequiredException", "Password reset required for the user"];
export const INCORRECT = ["NotAuthorizedException", "Incorrect username or password."];
export const NO_SUCH_USER = ["UserNotFoundException", "User does not exist."];
export const NO_SUCH_DEVICE = ["ResourceNotFoundException", "Device does not exist."];
export const INVALID_REFRESH_TOKEN = ["NotAuthorizedException", "Invalid Refresh Token"];
export const ACCESS_TOKEN_REVOKED = ["NotAuthorizedException", "Access Token has been revoked"];
export const REFRESH_TOKEN_REVOKED = ["NotAuthorizedException", "Refresh Token has been revoked"];

/**
 * Attempts with a wrong password, until one is told of the lockout. Each lockout is twice as long as the one before it, so
 * that even a slow attempt falls into one of them.
 */
export async function isLockedOut(attempt) {
  for (let attempts = 1; attempts <= 15; attempts++) {
    const [name, message] = await refusal(attempt());
    assert.equal(name, "NotAuthorizedException");
    if (message === "Password attempts exceeded") {
      assert.ok(attempts > 5, `locked out by ${attempts - 1} attempts`);
      return;
    }
    assert.equal(message, "Incorrect username or password.");
  }
  assert.fail("never locked out");
}

/** A storage of a browser's kind, as libraries keep tokens and devices in. */
export class Storage {
  items = new Map();

  getItem(key) {
    return this.items.get(key) ?? null;
  }

  setItem(key, value) {
    this.items.set(key, value);
  }

  removeItem(key) {
    this.items.delete(key);
  }

  clear() {
    this.items.clear();
  }

  /** The one value whose key ends so, if there is one. */
  find(ending) {
    return [...this.items].find(([key]) => key.endsWith(`.${ending}`))?.[1];
  }
}

export function claims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}

/**
 * What an authenticator shows now, or so many steps of half a minute later (RFC 6238). A code counts once, and none before
 * it counts any more; the next one counts already.
 */
export function code(secret, ahead = 0) {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac("sha1", fromBase32(secret)).update(step).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

export function wrongCode(secret) {
  return otherThan(code(secret));
}

/** A code that is not this one. */
export function otherThan(right) {
  return String((Number(right) + 1) % 1_000_000).padStart(6, "0");
}

function fromBase32(text) {
  const bits = [...text.replace(/=*$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
  const digits = bits.map((value) => value.toString(2).padStart(5, "0")).join("");
  return Buffer.from(digits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
