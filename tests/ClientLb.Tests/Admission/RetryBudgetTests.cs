using ClientLb.Admission;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Admission;

public class RetryBudgetTests
{
    [Fact]
    public void New_budget_holds_its_start_tokens_and_no_more()
    {
        var budget = new RetryBudget(new RetryBudgetOptions());

        Assert.Equal((10, 10), (budget.Balance, budget.Cap));
        Assert.Equal(10, TakeAll(budget));
        Assert.False(budget.TryWithdraw());
    }

    [Fact]
    public void Deposit_five_successes_earn_one_retry()
    {
        var budget = Empty(new RetryBudgetOptions());

        Deposit(budget, 4);
        Assert.False(budget.TryWithdraw());
        Deposit(budget, 1);

        Assert.True(budget.TryWithdraw());
        Assert.False(budget.TryWithdraw());
    }

    [Theory]
    [InlineData(0.29)]
    [InlineData(0.57)]
    [InlineData(1.13)]
    public void Deposit_ratio_is_kept_to_the_thousandth(double ratio)
    {
        var budget = Empty(new RetryBudgetOptions { Ratio = ratio, MinTokens = 1000 });

        Deposit(budget, 100);

        Assert.Equal(ratio * 100, budget.Balance, 6);
    }

    [Fact]
    public void Deposit_at_the_cap_earns_nothing()
    {
        var budget = new RetryBudget(new RetryBudgetOptions());

        Deposit(budget, 1000);

        Assert.Equal(10, budget.Balance);
    }

    [Fact]
    public void Configure_cap_is_what_the_horizon_earns_and_never_less_than_the_start_tokens()
    {
        var options = new RetryBudgetOptions();
        var budget = new RetryBudget(options);

        budget.Configure(options, 100);
        Assert.Equal(200, budget.Cap);
        budget.Configure(options, 1);

        Assert.Equal(10, budget.Cap);
    }

    [Fact]
    public void Configure_rate_rises_tokens_must_still_be_earned()
    {
        var options = new RetryBudgetOptions();
        var budget = new RetryBudget(options);

        budget.Configure(options, 100);

        Assert.Equal(10, TakeAll(budget));
    }

    [Fact]
    public void Configure_rate_falls_savings_above_the_cap_are_forfeited()
    {
        var options = new RetryBudgetOptions();
        var budget = new RetryBudget(options);
        budget.Configure(options, 100);
        Deposit(budget, 1000);
        Assert.Equal(200, budget.Balance, 3);

        budget.Configure(options, 0);

        Assert.Equal(10, budget.Balance);
    }

    [Fact]
    public void Refund_token_can_be_taken_again()
    {
        var budget = Empty(new RetryBudgetOptions());

        budget.Refund();

        Assert.True(budget.TryWithdraw());
        Assert.False(budget.TryWithdraw());
    }

    [Fact]
    public void Ratio_of_zero_leaves_the_start_tokens_only()
    {
        var budget = new RetryBudget(new RetryBudgetOptions { Ratio = 0, MinTokens = 3 });

        Deposit(budget, 1000);

        Assert.Equal(3, TakeAll(budget));
    }

    [Fact]
    public void Any_sequence_never_allows_more_retries_than_start_and_ratio_times_successes()
    {
        // One step: how many successes come, and how many retries are asked for.
        var steps = Gen.Zip(Gen.Choose(0, 50), Gen.Choose(0, 30)).ListOf().ToArbitrary();
        Prop.ForAll(steps, Gen.Choose(0, 20).ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (sequence, minTokens, tenths) =>
        {
            var options = new RetryBudgetOptions { MinTokens = minTokens, Ratio = tenths / 10.0 };
            var budget = new RetryBudget(options);
            budget.Configure(options, 40);
            int successes = 0, retries = 0;
            foreach (var (good, wanted) in sequence)
            {
                Deposit(budget, good);
                successes += good;
                for (var i = 0; i < wanted; i++)
                {
                    retries += budget.TryWithdraw() ? 1 : 0;
                }

                // Also what is saved stays bounded: one deposit may overshoot.
                if (retries > minTokens + (options.Ratio * successes) + 1e-9 || budget.Balance > budget.Cap + options.Ratio + 1e-9 || budget.Balance < 0)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Concurrent_threads_never_take_more_than_was_there()
    {
        var options = new RetryBudgetOptions { MinTokens = 100, Ratio = 0.5 };
        var budget = new RetryBudget(options);
        budget.Configure(options, 1_000_000);
        var taken = 0;

        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                budget.Deposit();
                if (budget.TryWithdraw())
                {
                    Interlocked.Increment(ref taken);
                }
            }
        });

        // Nothing is lost and nothing invented: 100 + 80,000 x 0.5 in all.
        Assert.Equal(40_100, taken + budget.Balance, 6);
    }

    private static RetryBudget Empty(RetryBudgetOptions options)
    {
        var budget = new RetryBudget(options);
        TakeAll(budget);
        return budget;
    }

    private static int TakeAll(RetryBudget budget)
    {
        var count = 0;
        while (budget.TryWithdraw())
        {
            count++;
        }

        return count;
    }

    private static void Deposit(RetryBudget budget, int successes)
    {
        for (var i = 0; i < successes; i++)
        {
            budget.Deposit();
        }
    }
}
