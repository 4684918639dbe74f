// What a team would test of an app that signs its users in with Cognito.

import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GetUserCommand,
  InitiateAuthCommand,
  NotAuthorizedException,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import * as vitest from "vitest";
import { usePoolhouse } from "./poolhouse.js";

const { beforeAll, expect, test } = vitest;
const poolhouse = usePoolhouse(vitest, "seed.json");
const shop = { ClientId: "shop0000000000000000000001" };
const bank = { ClientId: "bank0000000000000000000001" };
const password = "Example-Password-1";

let cognito;
beforeAll(() => {
  cognito = new CognitoIdentityProviderClient(poolhouse.configuration);
});

function signIn(client, username) {
  const parameters = { USERNAME: username, PASSWORD: password };
  return cognito.send(
    new InitiateAuthCommand({ ...client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: parameters }),
  );
}

// Twice: the second run finds the name free again.
test.each([1, 2])("a customer signs up (run %i)", async () => {
  const attributes = [{ Name: "email", Value: "ben@example.com" }];
  await cognito.send(
    new SignUpCommand({ ...shop, Username: "ben", Password: password, UserAttributes: attributes }),
  );
  const [message] = await poolhouse.outbox({ Username: "ben", wait: 5 });
  await cognito.send(
    new ConfirmSignUpCommand({ ...shop, Username: "ben", ConfirmationCode: message.Code }),
  );
  expect(await signIn(shop, "ben")).toHaveProperty("AuthenticationResult.IdToken");
});

test("a bank asks for a second factor", async () => {
  const asked = await signIn(bank, "ana");
  expect(asked.ChallengeName).toBe("EMAIL_OTP");
  const [message] = await poolhouse.outbox({ Username: "ana", wait: 5 });
  const signedIn = await cognito.send(
    new RespondToAuthChallengeCommand({
      ...bank,
      ChallengeName: "EMAIL_OTP",
      Session: asked.Session,
      ChallengeResponses: { USERNAME: "ana", EMAIL_OTP_CODE: message.Code },
    }),
  );
  expect(signedIn.AuthenticationResult.TokenType).toBe("Bearer");
});

test("a token is refreshed when it has expired", async () => {
  const tokens = (await signIn(shop, "ana")).AuthenticationResult;
  await poolhouse.advance(3601);
  const late = cognito.send(new GetUserCommand({ AccessToken: tokens.AccessToken }));
  await expect(late).rejects.toThrow(NotAuthorizedException);
  await expect(late).rejects.toThrow("expired");
  const refresh = { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken } };
  const again = (await cognito.send(new InitiateAuthCommand({ ...shop, ...refresh }))).AuthenticationResult;
  const user = await cognito.send(new GetUserCommand({ AccessToken: again.AccessToken }));
  expect(user.Username).toBe("ana");
});
