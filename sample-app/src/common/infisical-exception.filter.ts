import {
  type ArgumentsHost,
  BadGatewayException,
  Catch,
  ServiceUnavailableException,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import {
  InfisicalError,
  InfisicalNetworkError,
  InfisicalTimeoutError,
} from 'nestjs-infisical';

/**
 * A call to Infisical failed while a request was handled. Here only KMS calls
 * can: secrets are read from memory. The messages of the library's errors carry
 * no secret, so they may go to the caller of a demo; a public API would log
 * them and answer with less.
 */
@Catch(InfisicalError)
export class InfisicalExceptionFilter extends BaseExceptionFilter {
  override catch(error: InfisicalError, host: ArgumentsHost): void {
    const isUnreachable =
      error instanceof InfisicalNetworkError ||
      error instanceof InfisicalTimeoutError;
    super.catch(
      isUnreachable
        ? new ServiceUnavailableException(error.message)
        : new BadGatewayException(error.message),
      host,
    );
  }
}
