using System.Collections;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>A client's <see cref="OutcomeOptions"/>, compiled: a good answer costs one compare.</summary>
internal sealed class OutcomeRules
{
    // Below it nothing asks for rest.
    private const int Errors = 400;

    private readonly BitArray _failures = new(StatusRange.Highest + 1);
    private readonly Func<HttpResponseMessage, bool?>? _isFailure;
    private readonly string _client;
    private readonly ILogger _logger;
    private int _hasThrown;

    public OutcomeRules(OutcomeOptions options, string client, ILogger logger)
    {
        _client = client;
        _logger = logger;
        _isFailure = options.IsFailure;
        QuickBelow = Errors;
        foreach (var text in options.FailureStatuses)
        {
            if (StatusRange.TryParse(text, out var range))
            {
                QuickBelow = Math.Min(QuickBelow, range.First);
                for (var status = range.First; status <= range.Last; status++)
                {
                    _failures[status] = true;
                }
            }
        }

        if (_isFailure is not null)
        {
            QuickBelow = 0;
        }
    }

    /// <summary>A status below it is a success without a closer look.</summary>
    public int QuickBelow { get; }

    /// <summary>Whether the status is one of the failures.</summary>
    public bool IsFailure(int status) => status <= StatusRange.Highest && _failures[status];

    /// <summary>What the user's own rule says; <see langword="null"/> where there is none, or where it leaves it to the others.</summary>
    public bool? Ask(HttpResponseMessage response)
    {
        if (_isFailure is null)
        {
            return null;
        }

        try
        {
            return _isFailure(response);
        }
#pragma warning disable CA1031 // A rule that breaks must not break the calls that it judges.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (Interlocked.Exchange(ref _hasThrown, 1) == 0)
            {
                _logger.IsFailureThrew(e, _client);
            }

            return null;
        }
    }
}
