using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ClientLb.Samples.Failover.Backends;

/// <summary>Answers an order after some milliseconds, half of the time within five; or badly, when it was told to.</summary>
internal sealed class SimulatedWork(int seed)
{
    private const double LeastMilliseconds = 3;
    private const double MeanJitterMilliseconds = 2.9;
    private const double MostMilliseconds = 20;

    private readonly Random _random = new(seed);
    private volatile bool _fails;
    private volatile int _factor = 1;
    private volatile Limit? _limit;

    /// <summary>Takes an order of the parent: <c>normal</c>, <c>fail</c>, <c>slow</c> and a factor, or <c>limit</c>, how many at a time, and the milliseconds of each.</summary>
    public void Obey(string command)
    {
        var words = command.Split(' ');
        if (words[0] == "limit")
        {
            _limit = new(new(int.Parse(words[1], CultureInfo.InvariantCulture)), int.Parse(words[2], CultureInfo.InvariantCulture));
            return;
        }

        _fails = words[0] == "fail";
        _factor = words[0] == "slow" ? int.Parse(words[1], CultureInfo.InvariantCulture) : 1;
    }

    public async Task AnswerAsync(HttpContext context)
    {
        if (_fails)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        if (_limit is { } limit)
        {
            await limit.Places.WaitAsync(context.RequestAborted);
            try
            {
                await Task.Delay(limit.Milliseconds, context.RequestAborted);
            }
            finally
            {
                limit.Places.Release();
            }
        }
        else
        {
            await Task.Delay(TimeSpan.FromMilliseconds(NextMilliseconds() * _factor), context.RequestAborted);
        }

        await context.Response.WriteAsync("order", context.RequestAborted);
    }

    private double NextMilliseconds()
    {
        double uniform;
        lock (_random)
        {
            uniform = _random.NextDouble();
        }

        return Math.Min(MostMilliseconds, LeastMilliseconds - (MeanJitterMilliseconds * Math.Log(1 - uniform)));
    }

    private sealed record Limit(SemaphoreSlim Places, int Milliseconds);
}
