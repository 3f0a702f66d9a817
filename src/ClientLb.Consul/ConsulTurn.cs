namespace ClientLb.Consul;

/// <summary>The turn of one watch, and its waiting for it.</summary>
internal sealed class ConsulTurn(ConsulTurns turns)
{
    private bool _isTaken;

    /// <summary>Takes a turn where there is none yet; <see langword="false"/> means that somebody wants a look before it comes.</summary>
    public async Task<bool> TakeAsync(ConsulNudges nudges, ConsulLookLimit looks, CancellationToken cancellationToken)
    {
        if (_isTaken)
        {
            return true;
        }

        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var turn = turns.TakeAsync(leave.Token);
        while (!turn.IsCompleted)
        {
            await Task.WhenAny(turn, nudges.WaitAsync()).ConfigureAwait(false);

            // Nothing is held, so there is nothing to suspect.
            if (!turn.IsCompleted && nudges.Take().HasFlag(ConsulNudge.Look) && looks.TryTake())
            {
                await leave.CancelAsync().ConfigureAwait(false);
                await turn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _isTaken = turn.IsCompletedSuccessfully;
                return false;
            }
        }

        await turn.ConfigureAwait(false);
        return _isTaken = true;
    }

    /// <summary>Gives it back, if there is one.</summary>
    public void Give()
    {
        if (_isTaken)
        {
            _isTaken = false;
            turns.Give();
        }
    }
}
