import { matchesGlob } from '../../access/glob.js';
import { ApiError, badRequest, unauthorized } from '../../http/api-error.js';
import type { KubernetesAuth } from '../../state/auth-models.js';
import type {
  KubernetesProvider,
  TokenReview,
} from '../providers/kubernetes-provider.js';

export function acceptKubernetes(
  config: KubernetesAuth,
  token: string,
  cluster: KubernetesProvider,
) {
  if (!config.kubernetesHost) {
    throw badRequest(
      'Kubernetes host is required when token review mode is set to API',
    );
  }
  const { error, authenticated, username, audiences } = review(cluster, token);
  if (error !== undefined) throw reviewError(error);
  if (!authenticated) throw reviewError('Kubernetes token not authenticated');
  const [, , namespace = '', name = ''] = username?.split(':') ?? [];
  const isRefused = (allowed: readonly string[], value: string) =>
    allowed.length > 0 && !allowed.some((one) => matchesGlob(value, one));
  if (isRefused(config.allowedNamespaces, namespace)) {
    throw unauthorized('Access denied: K8s namespace not allowed.');
  }
  if (isRefused(config.allowedNames, name)) {
    throw unauthorized('Access denied: K8s name not allowed.');
  }
  const { allowedAudience } = config;
  if (allowedAudience && !audiences.includes(allowedAudience)) {
    throw unauthorized('Access denied: K8s audience not allowed.');
  }
  return { kubernetes: { namespace, name } };
}

/** Whatever goes wrong on the way is a 400 of its own (auth §2.4). */
function review(cluster: KubernetesProvider, token: string): TokenReview {
  try {
    return cluster.review(token);
  } catch (error) {
    throw badRequest((error as Error).message, 'KubernetesAuthLoginError');
  }
}

function reviewError(message: string): ApiError {
  return new ApiError(401, 'KubernetesTokenReviewError', message);
}
