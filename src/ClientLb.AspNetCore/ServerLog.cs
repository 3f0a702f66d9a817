using Microsoft.Extensions.Logging;

namespace ClientLb.AspNetCore;

/// <summary>What the server's side says in the log. Ids 400 to 449.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(400, LogLevel.Warning, "At the limit of {Limit} concurrent requests with {Queue} in the queue: {Count} refused since this was last said.")]
    public static partial void Refusing(this ILogger logger, int limit, int queue, long count);

    [LoggerMessage(401, LogLevel.Warning, "{Figure} is left out of the reports of load until it is a number that is not negative again.")]
    public static partial void FigureLeftOut(this ILogger logger, Exception? error, string figure);
}
