// Original file: auth.proto


export interface ValidateTokenRequest {
  'jwt_token'?: (string);
}

export interface ValidateTokenRequest__Output {
  'jwt_token': (string);
}
