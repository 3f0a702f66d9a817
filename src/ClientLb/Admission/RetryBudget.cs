using System.Runtime.CompilerServices;

namespace ClientLb.Admission;

/// <summary>
/// A token bucket funded by successes. A retry takes one token when it is decided, before its back-off, so waiting retries are
/// counted too (the lack of which Envoy's budget is known for).
/// </summary>
public sealed class RetryBudget
{
    private const long Token = 1000;

    private long _balance;
    private long _cap;
    private long _deposit;

    /// <summary>Creates a budget that holds its least tokens.</summary>
    /// <param name="options">Its numbers.</param>
    public RetryBudget(RetryBudgetOptions options)
    {
        Configure(options, 0);
        _balance = _cap;
    }

    /// <summary>The tokens that are left.</summary>
    public double Balance => Volatile.Read(ref _balance) / (double)Token;

    /// <summary>The most tokens that it holds at present.</summary>
    public double Cap => Volatile.Read(ref _cap) / (double)Token;

    /// <summary>A call has succeeded. While the budget is full nothing is written, so threads do not contend for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Deposit()
    {
        if (Volatile.Read(ref _balance) < Volatile.Read(ref _cap))
        {
            Interlocked.Add(ref _balance, _deposit);
        }
    }

    /// <summary>Takes one token.</summary>
    /// <returns>False when there is none: the retry must not happen.</returns>
    public bool TryWithdraw()
    {
        var balance = Volatile.Read(ref _balance);
        while (balance >= Token)
        {
            var seen = Interlocked.CompareExchange(ref _balance, balance - Token, balance);
            if (seen == balance)
            {
                return true;
            }

            balance = seen;
        }

        return false;
    }

    /// <summary>Gives a token back that was taken for a retry which did not happen.</summary>
    public void Refund() => Interlocked.Add(ref _balance, Token);

    /// <summary>Sets the cap to what the horizon earns at the present rate.</summary>
    /// <param name="options">The numbers in force.</param>
    /// <param name="successesPerSecond">The present rate of successes.</param>
    internal void Configure(RetryBudgetOptions options, double successesPerSecond)
    {
        Volatile.Write(ref _deposit, (long)Math.Round(options.Ratio * Token));
        var earned = options.Horizon.TotalSeconds * successesPerSecond * options.Ratio;
        var cap = (long)(Math.Max(options.MinTokens, earned) * Token);
        Volatile.Write(ref _cap, cap);
        var balance = Volatile.Read(ref _balance);
        if (balance > cap)
        {
            // The rate has fallen: what is above the cap is forfeited. A lost race leaves a little more for one round.
            Interlocked.CompareExchange(ref _balance, cap, balance);
        }
    }
}
