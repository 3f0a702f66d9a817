using System.Diagnostics;
using System.Globalization;
using System.Text;
using ClientLb.Grpc.Tests.Protos;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>One call of the service Parrot, written by hand on Kestrel's HTTP/2.</summary>
internal sealed class ParrotAnswer(KestrelParrot server, HttpContext context)
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly TimeSpan? _limit = LimitOf(context.Request.Headers["grpc-timeout"]);
    private CancellationToken _gone = context.RequestAborted;

    private bool MayCompress => context.Request.Headers["grpc-accept-encoding"].ToString().Contains("gzip", StringComparison.Ordinal);

    public async Task RunAsync()
    {
        server.OnBegin();
        var isCancelled = false;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            if (_limit is { } limit)
            {
                deadline.CancelAfter(limit);
                _gone = deadline.Token;
            }

            context.Response.ContentType = "application/grpc";
            var (status, detail) = await AnswerAsync();
            await EndAsync(status, detail);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            isCancelled = context.RequestAborted.IsCancellationRequested;
            if (!isCancelled)
            {
                await EndAsync(4, "the deadline is over");
            }
        }
        finally
        {
            server.OnEnd(isCancelled);
        }
    }

    private static TimeSpan? LimitOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var number = long.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(number),
            'M' => TimeSpan.FromMinutes(number),
            'S' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMilliseconds(number),
            'u' => TimeSpan.FromMicroseconds(number),
            _ => TimeSpan.FromTicks(number / 100),
        };
    }

    private async Task<(int Status, string Detail)> AnswerAsync()
    {
        if (server.Ordered is { Status: not 0 } ordered)
        {
            if (ordered.Place == StatusPlace.Trailers)
            {
                await BeginAsync();
            }

            return (ordered.Status, "ordered to fail");
        }

        switch (context.Request.Path.Value!.Split('/')[^1])
        {
            case "Say":
                return await RepeatAsync(1);
            case "Recite":
                return await RepeatAsync(null);
            case "Listen":
                return await ListenAsync();
            case "Converse":
                return await ConverseAsync();
            default:
                return (12, "unknown method");
        }
    }

    private async Task<(int Status, string Detail)> RepeatAsync(int? times)
    {
        var phrase = (await NextAsync())!;
        if (phrase.AfterHeaders || phrase.Status == 0)
        {
            await BeginAsync(phrase.Compressed);
        }

        var count = times ?? Math.Abs(phrase.Times);
        for (var number = 0; number < count; number++)
        {
            await Task.Delay(phrase.PauseMs, _gone);
            if (times is not null && phrase.Status != 0)
            {
                break;
            }

            await SayAsync(phrase, number);
        }

        if (times is null && phrase.Times < 0)
        {
            await Task.Delay(Timeout.Infinite, _gone);
        }

        return (phrase.Status, phrase.Detail);
    }

    private async Task<(int Status, string Detail)> ListenAsync()
    {
        await BeginAsync();
        var text = new List<string>();
        var last = new Phrase();
        while (await NextAsync() is { } phrase)
        {
            text.Add(phrase.Text);
            last = phrase;
        }

        if (last.Status == 0)
        {
            await SayAsync(new Phrase { Text = string.Join(' ', text) }, 0);
        }

        return (last.Status, last.Detail);
    }

    private async Task<(int Status, string Detail)> ConverseAsync()
    {
        await BeginAsync();
        for (var number = 0; await NextAsync() is { } phrase; number++)
        {
            await Task.Delay(phrase.PauseMs, _gone);
            if (phrase.Status != 0)
            {
                return (phrase.Status, phrase.Detail);
            }

            await SayAsync(phrase, number);
        }

        return (0, "");
    }

    private Task<Phrase?> NextAsync() => GrpcFrames.ReadAsync(context.Request.Body, Phrase.Parser, _gone);

    private async Task BeginAsync(bool isCompressed = false)
    {
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name.StartsWith("x-", StringComparison.Ordinal))
            {
                context.Response.Headers[name] = value;
            }
        }

        if (isCompressed && MayCompress)
        {
            context.Response.Headers["grpc-encoding"] = "gzip";
        }

        await context.Response.StartAsync(_gone);
        await context.Response.Body.FlushAsync(_gone);
    }

    private async Task SayAsync(Phrase phrase, int number)
    {
        var sound = new Sound { Text = phrase.Text, Server = $"{server.Descriptor.Host}:{server.Descriptor.Port}", Number = number };
        if (_limit is { } limit)
        {
            sound.LeftMs = (long)(limit - Stopwatch.GetElapsedTime(_startedAt)).TotalMilliseconds;
        }

        foreach (var (name, value) in context.Request.Headers)
        {
            sound.Heard[name.ToLowerInvariant()] = name.EndsWith("-bin", StringComparison.Ordinal) ? ByteString.FromBase64(Pad(value!)) : ByteString.CopyFromUtf8(value!);
        }

        await context.Response.Body.WriteAsync(GrpcFrames.Of(sound, phrase.Compressed && MayCompress), _gone);
        await context.Response.Body.FlushAsync(_gone);
    }

    private async Task EndAsync(int status, string detail)
    {
        var message = Encode(detail);
        if (!context.Response.HasStarted)
        {
            // All of it in the headers: gRPC calls that "trailers-only".
            context.Response.Headers["grpc-status"] = status.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["grpc-message"] = message;
            Repeat(context.Response.Headers.Append);
            await context.Response.CompleteAsync();
            return;
        }

        context.Response.AppendTrailer("grpc-status", status.ToString(CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", message);
        Repeat(context.Response.AppendTrailer);
        await context.Response.CompleteAsync();
    }

    private void Repeat(Action<string, Microsoft.Extensions.Primitives.StringValues> add)
    {
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name.StartsWith("x-", StringComparison.Ordinal))
            {
                add(name, value);
            }
        }
    }

    private static string Pad(string base64) => base64.PadRight((base64.Length + 3) / 4 * 4, '=');

    private static string Encode(string text)
    {
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            encoded.Append(b is >= 0x20 and <= 0x7E and not (byte)'%' ? ((char)b).ToString() : $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
