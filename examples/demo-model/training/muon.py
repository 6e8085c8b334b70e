"""Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/): momentum, made orthogonal, for matrices.

torch.optim.Muon does the same matrix by matrix; a model this small has many small ones, and on a GPU the time goes into
starting the operations. Here matrices of one shape are taken together.
"""

import torch

A, B, C = 3.4445, -4.7750, 2.0315  # Newton-Schulz coefficients: fast rather than exact, as published


def orthogonal(x, steps=5):
    """(matrices, rows, columns) -> the nearest matrices with singular values about 1."""
    tall = x.shape[1] > x.shape[2]
    x = x.bfloat16()
    x = x.mT if tall else x
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices, lr, momentum=0.95, weight_decay=0.05):
        shapes = sorted({p.shape for p in matrices})
        groups = [{"params": [p for p in matrices if p.shape == shape]} for shape in shapes]
        super().__init__(groups, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            params, rate, momentum = group["params"], group["lr"], group["momentum"]
            grads = torch.stack([p.grad for p in params])
            state = self.state[params[0]]  # of all that have this shape
            average = state.setdefault("momentum", torch.zeros_like(grads))
            average.lerp_(grads, 1 - momentum)
            update = orthogonal(grads.lerp(average, momentum)).float()
            rows, columns = params[0].shape
            torch._foreach_mul_(params, 1 - rate * group["weight_decay"])
            torch._foreach_add_(params, list(update.unbind()), alpha=-rate * max(1.0, rows / columns) ** 0.5)
