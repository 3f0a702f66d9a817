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

    /// <summary>Takes an order of the parent: <c>normal</c>, <c>fail</c>, or <c>slow</c> and a factor.</summary>
    public void Obey(string command)
    {
        var words = command.Split(' ');
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

        await Task.Delay(TimeSpan.FromMilliseconds(NextMilliseconds() * _factor), context.RequestAborted);
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
}
